/** CFTC days on the wire. */
import { z } from 'zod';
import { DAY_STEPS } from './cftc-day.ts';
import { formatFolderDate, parseFolderDate } from './folders.ts';
import { DAY_STATES } from './outbound.ts';

const BusinessDate = z.iso
  .date()
  .refine((date) => parseFolderDate(formatFolderDate(date)) !== null, 'is before 1900')
  .describe('Business date, YYYY-MM-DD.');

/** ISO 8601 in UTC. */
const Instant = z.string().describe('ISO 8601, UTC.');

const Told = z.object({ code: z.string(), text: z.string().describe('In a sentence.') });

const MessageCounts = z.object({
  held: z.int().describe('They wait for a refused message of their swap.'),
  pending: z.int(),
  sent: z.int().describe('Not answered yet.'),
  acknowledged: z.int(),
  refused: z.int(),
  resubmitted: z.int().describe('Refused, and another one has taken their place.'),
  withdrawn: z.int().describe('Refused or held, and by somebody’s word nothing takes their place.'),
});

export const DayView = z
  .object({
    date: BusinessDate,
    version: z.int().describe('Counts how often the day was opened: 1 where it was not opened again.'),
    state: z.enum(DAY_STATES),
    steps: z.array(
      z.object({ name: z.enum(DAY_STEPS), state: z.enum(['done', 'under-way', 'waiting', 'to-come']) }),
    ),
    blocking: z.array(Told).describe('What keeps the day from going on.'),
    problem: z
      .object({ code: z.string(), detail: z.string(), help: z.string() })
      .nullable()
      .describe('What is the matter, and what to do.'),
    inputs: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['file', 'feed']),
        expected: z.string().describe('A pattern of file names, or a feed.'),
        dueAt: Instant.nullable(),
        state: z.enum(['waiting', 'arrived', 'waived', 'missing']),
        waivedBy: z.string().nullable(),
        waivedReason: z.string().nullable(),
      }),
    ),
    cutAt: Instant.nullable().describe('Reporting timestamps (#97) of its messages come from it.'),
    counts: z
      .object({
        accepted: z
          .int()
          .describe('Events of the cut = applied + duplicate + conflict + pending + violated.'),
        applied: z.int(),
        duplicate: z.int(),
        conflict: z.int(),
        pending: z.int().describe('They wait for the beginning of their swap, and are looked at every day.'),
        violated: z.int(),
        settled: z.int().describe('Events of earlier days that waited, and are applied by now.'),
        messages: z.int(),
        otherReports: z
          .int()
          .describe('The other party reports them: applied + settled = messages + otherReports.'),
      })
      .nullable()
      .describe('As of the cut; null before it. They grow while messages are cut.'),
    messages: MessageCounts.nullable().describe(
      'By what the repository knows; null in lists of days that are closed.',
    ),
    groups: z
      .array(
        z.object({
          kind: z.enum(['transaction', 'valuation', 'collateral']),
          assetClass: z.string().nullable(),
          ...MessageCounts.shape,
          nextDueAt: Instant.nullable().describe('The earliest deadline of those not acknowledged.'),
        }),
      )
      .describe('The messages by kind and asset class.'),
    nextDueAt: Instant.nullable().describe('The earliest deadline of a message that is not acknowledged.'),
    files: z.int(),
    deliveries: z.int(),
    openedBy: z.string(),
    openedAt: Instant,
    closedBy: z.string().nullable(),
    closedAt: Instant.nullable(),
    closedReason: z.string().nullable(),
    workflowId: z.string(),
  })
  .meta({ id: 'Day' });
export type DayView = z.infer<typeof DayView>;

export const DayQuery = z.strictObject({
  cursor: BusinessDate.optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

export const DayPage = z
  .object({ days: z.array(DayView), next: z.string().nullable() })
  .meta({ id: 'DayPage' });
export type DayPage = z.infer<typeof DayPage>;

export const BusinessDayParams = z.object({ date: BusinessDate });

const Reason = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => text.trim() !== '' && !text.includes('\0'), 'says nothing')
  .describe('Why; kept in the audit log.');

export const DayRunBody = z.strictObject({
  reason: Reason.optional().describe('Why a date that is no business day is run.'),
});

export const DayRunResult = z.object({ date: BusinessDate, workflowId: z.string() }).meta({ id: 'DayRun' });
export type DayRunResult = z.infer<typeof DayRunResult>;

export const DayChangeBody = z.strictObject({ reason: Reason });

export const DayWaiveBody = z.strictObject({
  name: z.string().min(1).max(40).describe('Name of the input.'),
  reason: Reason,
});

export const DayFileView = z
  .object({
    name: z.string(),
    kind: z.string(),
    assetClass: z.string().nullable(),
    rows: z.int(),
    sizeBytes: z.int(),
    sha256: z.string(),
    writtenAt: Instant,
    isOutbound: z.boolean().describe('It leaves for the repository; others are for people.'),
  })
  .meta({ id: 'DayFile' });

export const DayFileList = z
  .object({ date: BusinessDate, version: z.int(), files: z.array(DayFileView) })
  .meta({ id: 'DayFileList' });
export type DayFileList = z.infer<typeof DayFileList>;

export const DayFileParams = z.object({
  date: BusinessDate,
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, 'is no name of a file'),
});

export const DayFileContent = z.string().describe('The file.');

/** A trace on the wire: from input bytes to the answers of a repository, and back. */
import { z } from 'zod';
import { IssueView, SearchText } from './files.schema.ts';
import { MESSAGE_STATES } from './outbound.ts';
import { EventSourceView } from './swaps.schema.ts';

const Instant = z.string().describe('ISO 8601, UTC.');
const Outcome = z.enum(['applied', 'duplicate', 'conflict', 'pending', 'violated']);

export const TraceParams = z.object({
  id: SearchText.describe(
    'Percent-encoded: UTI, USI or key of a portfolio; id of a received file, alone or with "/" and the number of a ' +
      'record; feed@session/sequence; id of a message; name of a file of send/.',
  ),
});

export const TraceQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(200).default(20),
});

const Answer = z.object({
  target: z.string(),
  session: z.string(),
  sequence: z.int().describe('Its number among the answers of the target.'),
  receivedAt: Instant,
  kind: z
    .enum(['receipt', 'file', 'record', 'unreadable'])
    .describe('Received by the session, verdict on the file, verdict on the record.'),
  verdict: z.enum(['received', 'accepted', 'refused']).nullable(),
  effect: z
    .enum(['applied', 'repeated', 'contradicts', 'unknown'])
    .describe('What it changed here: what was said before is not unsaid.'),
  issues: z.array(IssueView),
  raw: z.string().describe('As it came, its first 2,000 bytes.'),
});

const Delivery = z.object({
  id: z.string(),
  target: z.string(),
  state: z.string(),
  nextRecord: z.int().describe('The next record that is not known to have been received.'),
  fileVerdict: z.enum(['accepted', 'refused']).nullable(),
  problem: z.string().nullable(),
  startedAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
});

const OutboxFile = z.object({
  name: z.string(),
  date: z.string(),
  version: z.int(),
  path: z.string(),
  rows: z.int(),
  sha256: z.string(),
  deliveries: z.array(Delivery),
  answers: z.array(Answer).describe('On the whole file.'),
});

const Message = z.object({
  id: z.string(),
  isTraced: z.boolean().describe('The one that was asked for.'),
  part: z.union([z.literal(43), z.literal(45)]),
  attempt: z.int(),
  action: z.string(),
  date: z.string().nullable().describe('Day of its report; null for what leaves at once.'),
  version: z.int().nullable(),
  reportedAt: Instant.describe('#97.'),
  state: z.enum(MESSAGE_STATES),
  heldBy: z.string().nullable(),
  resubmits: z.string().nullable(),
  resubmittedBy: z.string().nullable(),
  corrects: z.string().nullable(),
  dueAt: Instant.nullable(),
  obligation: z.string().nullable(),
  sentAt: Instant.nullable(),
  answeredAt: Instant.nullable(),
  issues: z.array(IssueView).describe('Why it was refused.'),
  file: OutboxFile.nullable().describe('The file of send/ that has it; null when none does.'),
  line: z
    .int()
    .nullable()
    .describe('Its line there, from 1 for the header; null too when the file is not on the disk any more.'),
  answers: z.array(Answer).describe('On the message.'),
  answersLeftOut: z.int(),
});

const TracedRecord = z
  .object({
    place: z.string().describe('File and record, or feed@session and sequence.'),
    source: EventSourceView,
    raw: z
      .string()
      .nullable()
      .describe('Its first 4,000 bytes; null when they are not kept, or were taken out.'),
    bytes: z.int().nullable().describe('How many it has.'),
    verdict: z.enum(['accepted', 'rejected']).nullable(),
    corrects: z.string().nullable().describe('The rejected record that it was sent to correct.'),
    issues: z.array(IssueView),
    event: z
      .object({
        key: z.string(),
        kind: z.enum(['swap', 'portfolio']),
        part: z.union([z.literal(43), z.literal(45)]).nullable(),
        action: z.string(),
        event: z.string().nullable(),
        eventTimestamp: z.string().nullable(),
        reportingTimestamp: z.string().nullable(),
        acceptedAt: Instant.describe('When the ledger took it.'),
      })
      .nullable()
      .describe('Null for what was rejected, names no swap, or is not in the ledger yet.'),
    outcomes: z.array(
      z.object({ revision: z.int(), outcome: Outcome, decidedAt: Instant, issues: z.array(IssueView) }),
    ),
    messages: z.array(Message),
  })
  .meta({ id: 'TracedRecord' });

export type TracedRecord = z.infer<typeof TracedRecord>;

const Standing = z
  .object({
    key: z.string().describe('The swap.'),
    asReported: z
      .string()
      .describe('Its status by what the repository acknowledged; none: it knows nothing of it.'),
    asKnown: z.string().describe('Its status by what the ledger has now.'),
    acknowledged: z.int().describe('Messages of part 45 that the repository acknowledged.'),
    differences: z
      .array(
        z.object({
          element: z.string().nullable(),
          name: z.string(),
          asReported: z.string(),
          asKnown: z.string(),
        }),
      )
      .describe(
        'Status and terms in which the two differ; of what the repository does not know, its status alone.',
      ),
    moreDifferences: z.int(),
    messages: z
      .array(
        z.object({
          id: z.string(),
          part: z.union([z.literal(43), z.literal(45)]),
          action: z.string(),
          attempt: z.int(),
          state: z.enum(MESSAGE_STATES),
          heldBy: z.string().nullable(),
          resubmits: z.string().nullable(),
          resubmittedBy: z.string().nullable(),
          dueAt: Instant.nullable(),
          secondsLeft: z
            .int()
            .nullable()
            .describe('Until it is due, less than 0 behind that; null where no clock runs.'),
          answeredAt: Instant.nullable(),
        }),
      )
      .describe('All messages of the swap, in the order in which they are reported; the last ones of many.'),
    earlierMessages: z.int(),
  })
  .describe('How the swap stands with the repository.');

export const TraceView = z
  .object({
    id: z.string(),
    kind: z.enum(['swap', 'portfolio', 'file', 'record', 'message', 'outbox-file']),
    title: z.string().describe('What it is, in words.'),
    /** Of an outbox file that was asked for. */
    outboxFile: OutboxFile.nullable(),
    standing: Standing.nullable().describe(
      'Of a swap, or of the swap of one record or message; null: nothing leaves of it.',
    ),
    records: z.array(TracedRecord),
    total: z.int().describe('Records of it.'),
    leftOut: z.int().describe('Of these, how many are on other pages.'),
    next: z.int().nullable().describe('`after` of the next page; null on the last.'),
  })
  .meta({ id: 'Trace' });

export type TraceView = z.infer<typeof TraceView>;
export type TracedMessage = z.infer<typeof Message>;
export type TracedAnswer = z.infer<typeof Answer>;
export type TracedFile = z.infer<typeof OutboxFile>;

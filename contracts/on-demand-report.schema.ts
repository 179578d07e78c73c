/** Reports that somebody asks for, on the wire. */
import { z } from 'zod';
import { SearchText } from './files.schema.ts';
import { REPORT_FILTERS, REPORT_FORMATS, REPORT_KINDS, REPORT_STATES } from './on-demand-report.ts';

const Filters = z.partialRecord(z.enum(REPORT_FILTERS), SearchText);

const Day = z.string().max(20);

export const ReportBody = z.strictObject({
  kind: z.enum(REPORT_KINDS),
  format: z.enum(REPORT_FORMATS).default('csv'),
  from: Day.optional().describe('First day of the period; GET /v1/report-kinds tells what its days are.'),
  to: Day.optional().describe('Last day of the period.'),
  asOf: Day.optional().describe('The day that a state is of.'),
  knownAt: Day.optional().describe(
    'Business date of the last day whose cut counts: as it was known then. Absent: all that is known.',
  ),
  filters: Filters.optional(),
});

export const ReportParams = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/, 'is no id of a report'),
});

export const ReportQuery = z.strictObject({
  cursor: ReportParams.shape.id.optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const ReportView = z
  .object({
    id: z.string(),
    kind: z.enum(REPORT_KINDS),
    title: z.string(),
    format: z.enum(REPORT_FORMATS),
    from: z.string().nullable(),
    to: z.string().nullable(),
    asOf: z.string().nullable(),
    knownAt: z.string().nullable().describe('Null: all that was known when it was asked for.'),
    filters: Filters,
    owner: z.string(),
    state: z.enum(REPORT_STATES),
    progress: z.object({
      percent: z.int().min(0).max(100).nullable().describe('Null where nobody knows how much there is.'),
      rows: z.int().describe('Written so far.'),
    }),
    file: z
      .object({
        href: z.string(),
        rows: z.int(),
        sizeBytes: z.int(),
        sha256: z.string().describe('Of the whole file, and its ETag.'),
        expiresAt: z.string(),
      })
      .nullable()
      .describe('Null unless it is ready.'),
    problem: z
      .object({ code: z.string(), title: z.string(), detail: z.string(), help: z.string() })
      .nullable()
      .describe('Why it failed.'),
    createdAt: z.string().describe('When it was asked for.'),
    finishedAt: z.string().nullable(),
  })
  .meta({ id: 'Report' });

export type ReportView = z.infer<typeof ReportView>;

export const ReportPage = z
  .object({
    reports: z.array(ReportView),
    next: z.string().nullable().describe('Cursor of the next page; null on the last.'),
  })
  .meta({ id: 'ReportPage' });

export type ReportPage = z.infer<typeof ReportPage>;

export const ReportKindList = z
  .object({
    kinds: z.array(
      z.object({
        kind: z.enum(REPORT_KINDS),
        title: z.string(),
        takes: z.enum(['period', 'state']).describe('A period asks for from and to, a state for asOf.'),
        days: z.string().describe('What its days are.'),
        takesKnownAt: z.boolean(),
        filters: z.partialRecord(z.enum(REPORT_FILTERS), z.enum(['optional', 'required'])),
        order: z.string().describe('The order of its rows.'),
        columns: z.array(z.string()),
        roles: z.array(z.string()).describe('Who may have it.'),
      }),
    ),
  })
  .meta({ id: 'ReportKindList' });

/** Kinds of contents that a file of a report can be sent as. */
export const ReportFile = z.string().describe('CSV or Parquet; a range of bytes where one was asked for.');

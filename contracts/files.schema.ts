/** Files and their records on the wire. */
import { z } from 'zod';
import { isErrorCode } from './errors.ts';
import { formatFolderDate, parseFolderDate } from './folders.ts';
import { SEVERITIES } from './issues.ts';

export const FileId = z
  .string()
  .regex(/^\d{8}-[0-9a-f]{32}$/, 'is no file id, like 20261121-<32 hex digits>')
  .describe('Folder date and the first 32 digits of the sha-256.');

const FolderDate = z.iso
  .date()
  .refine((date) => parseFolderDate(formatFolderDate(date)) !== null, 'is no folder date');

/** Text to look for; no stored text can contain what is refused here. */
export const SearchText = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => !text.includes('\0'), 'contains a NUL character');

/** For routes that ask nothing behind the question mark. */
export const NoQuery = z.strictObject({});

const FileFormat = z.enum(['submission', 'public-dissemination']);

const FileState = z.enum(['waiting', 'ingesting', 'published', 'refused', 'held']);

/** ISO 8601 in UTC. */
const Instant = z.string().describe('ISO 8601, UTC.');

/** accepted = the sum of these. */
export const Outcomes = z
  .object({
    applied: z.int(),
    duplicate: z.int().describe('The same message came before, in a file or on a feed.'),
    conflict: z.int().describe('Another message says something else of the same event.'),
    pending: z.int().describe('Nothing is known of the swap yet.'),
    violated: z.int().describe('The swap takes no such message in its state.'),
    unplaced: z.int().describe('They name neither a swap nor a portfolio.'),
  })
  .meta({ id: 'Outcomes' });

export const FileView = z
  .object({
    id: FileId,
    folderDate: z.string().describe('Date of the folder it arrived in, YYYY-MM-DD.'),
    name: z.string(),
    sha256: z.string(),
    sizeBytes: z.int(),
    state: FileState,
    format: z.string().nullable(),
    ruleSetVersion: z.string().nullable(),
    registerVersion: z
      .string()
      .nullable()
      .describe('Version of the registers (products, entities, markets) that its records were judged with.'),
    revision: z.int(),
    unknownColumns: z
      .array(z.string())
      .describe('Columns that name no data element; their values are not read.'),
    progress: z.object({
      bytes: z.int().describe('Bytes of the file that are stored.'),
      percent: z.number().min(0).max(100),
      read: z.int(),
      accepted: z.int(),
      rejected: z.int().describe('read = accepted + rejected, at every moment.'),
    }),
    ledger: z
      .object({
        records: z.int().describe('Records that were applied or passed over; of `progress.read`.'),
        done: z.boolean(),
        outcomes: Outcomes.nullable().describe(
          'What became of the accepted records by now: later events change it, but not the sum, which is ' +
            '`progress.accepted`. Null until the file is done, and in lists.',
        ),
      })
      .nullable()
      .describe(
        'How far the accepted records have reached their swaps; null before publication and for public files.',
      ),
    problem: z.object({ code: z.string(), detail: z.string(), help: z.string() }).nullable(),
    workflowId: z.string(),
    receivedAt: Instant,
    startedAt: Instant.nullable(),
    finishedAt: Instant.nullable(),
  })
  .meta({ id: 'File' });

export type FileView = z.infer<typeof FileView>;

export const FileParams = z.object({ id: FileId });

export const FileQuery = z.strictObject({
  state: FileState.optional(),
  date: FolderDate.optional().describe('Only files of this folder date.'),
  name: SearchText.optional().describe('Only files whose name contains this, in any case.'),
  format: FileFormat.optional(),
  problem: z
    .string()
    .refine(isErrorCode, 'is no code of the error table, like file.empty')
    .optional()
    .describe('Only files with this problem: a code of the error table.'),
  cursor: z.coerce.number().int().positive().optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const FilePage = z
  .object({
    files: z.array(FileView),
    next: z.int().nullable().describe('Cursor of the next page; null on the last.'),
  })
  .meta({ id: 'FilePage' });

export type FilePage = z.infer<typeof FilePage>;

export const UploadQuery = z.strictObject({
  name: z.string().min(1).max(200).describe('Name of the file in the folder.'),
  date: FolderDate.optional().describe('Folder date; absent: today in the configured zone.'),
});

export const UploadResult = z
  .object({
    id: FileId,
    name: z.string(),
    sizeBytes: z.int(),
    isNew: z.boolean().describe('False: known before.'),
  })
  .meta({ id: 'Upload' });

export type UploadResult = z.infer<typeof UploadResult>;

export const IssueView = z
  .object({
    ruleId: z.string(),
    severity: z.enum(SEVERITIES),
    element: z.string().nullable().describe('Element number of the CFTC technical specification.'),
    column: z.string().nullable(),
    value: z.string().nullable(),
    params: z.record(z.string(), z.union([z.string(), z.number()])),
    message: z.string().describe('The issue in words: what is wrong and what to change.'),
  })
  .meta({ id: 'Issue' });

const RecordLink = z.object({ file: FileId, record: z.int() });

export const RecordView = z
  .object({
    record: z.int().describe('Number in the file, from 1.'),
    line: z.int().describe('Line in the file, from 1; the header is line 1.'),
    byteOffset: z.int(),
    byteLength: z
      .int()
      .describe('With its line break: the slices of all records and the header tile the file.'),
    verdict: z.enum(['accepted', 'rejected']),
    key: z.string().nullable().describe('UTI, USI or dissemination identifier.'),
    issues: z.array(IssueView),
    values: z
      .record(z.string(), z.union([z.string(), z.array(z.string())]))
      .nullable()
      .describe('Values as sent, by element key; null when the record has no readable fields.'),
    correction: z
      .object({
        reference: z
          .string()
          .describe('The rejected record that this one was sent to correct, as the sender named it.'),
        outcome: z
          .enum(['linked', 'unknown-file', 'same-file', 'unknown-record', 'not-rejected'])
          .describe('Why there is nothing to be linked to, if there is nothing.'),
      })
      .nullable()
      .describe('Null until the file is published, and when the record names no other one.'),
    supersedes: RecordLink.nullable().describe('The rejected record that this one was sent to correct.'),
    supersededBy: z
      .array(RecordLink.extend({ verdict: z.enum(['accepted', 'rejected']) }))
      .describe('Records that were sent to correct this one; its own verdict stays.'),
    raw: z.string().describe('The record as it was received; bytes that are not UTF-8 are shown as U+FFFD.'),
  })
  .meta({ id: 'Record' });

export type RecordView = z.infer<typeof RecordView>;

export const RecordQuery = z.strictObject({
  verdict: z.enum(['accepted', 'rejected']).optional(),
  after: z.coerce.number().int().min(0).default(0).describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export const RecordPage = z
  .object({ records: z.array(RecordView), next: z.int().nullable() })
  .meta({ id: 'RecordPage' });

export type RecordPage = z.infer<typeof RecordPage>;

/** The body of rejections.csv. */
export const Rejections = {
  description: 'One line per rejected record.',
  content: { 'text/csv': { schema: z.string() } },
};

export const InboxView = z
  .object({
    files: z.object({
      waiting: z.int(),
      ingesting: z.int(),
      published: z.int(),
      refused: z.int(),
      held: z.int(),
    }),
    unreadable: z.object({
      total: z.int().describe('Files and folders that the last listing could not read.'),
      places: z
        .array(z.object({ place: z.string(), reason: z.string() }))
        .describe('The newest of them, relative to the data directory.'),
    }),
    workflow: z.string().describe('State of the inbox workflow in Temporal.'),
    dataDir: z.string(),
    today: z.string().describe('Folder of the present day in the configured zone, yyyymmdd.'),
  })
  .meta({ id: 'Inbox' });

export type InboxView = z.infer<typeof InboxView>;

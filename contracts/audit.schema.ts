/** The audit log on the wire. */
import { z } from 'zod';
import { AUDIT_ACTIONS, PRIORITY_SUBJECT } from './audit.ts';
import { FeedName } from './feeds.schema.ts';
import { FileId, SearchText } from './files.schema.ts';
import { formatFolderDate, parseFolderDate } from './folders.ts';

const AuditEntryView = z
  .object({
    seq: z.int().describe('Number in the log, from 1, without gaps.'),
    at: z.string().describe('ISO 8601, UTC.'),
    actor: z.string().describe('Subject of the token, or the service.'),
    role: z.string(),
    action: z.string(),
    subject: z
      .string()
      .describe('What it was done to: a file id, a feed, a report, a cause, an entity, or "priority".'),
    before: z.unknown().describe('What the change replaced.'),
    after: z.unknown(),
    reason: z.string().nullable(),
    prevHash: z.string().describe('Hash of the row before; zeros in the first.'),
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' });

export type AuditEntryView = z.infer<typeof AuditEntryView>;

/** As the workflow of a report is called. */
const ReportSubject = z.string().regex(/^report\/[0-9a-f]{32}$/, 'is no report');
/** A cause that needs a person, like "refused:45-…", or the LEI of an entity. */
const DeskSubject = z
  .string()
  .regex(/^(?:[a-z-]{1,40}:[\x20-\x7e]{1,360}|[0-9A-Z]{20})$/, 'is no key of an exception, and no LEI');

/** The settings of GPUs, or a node or GPU by its name. */
const GpuSubject = z.string().regex(/^gpu(?:\/[A-Za-z0-9][A-Za-z0-9.-]{0,63})?$/, 'is no GPU node or device');

/** A backup by its id. */
const BackupSubject = z.string().regex(/^backup\/[0-9A-Z]+-[0-9a-f]{8}$/, 'is no backup');

export const AuditQuery = z.strictObject({
  actor: SearchText.optional(),
  action: z.enum(AUDIT_ACTIONS).optional(),
  subject: z
    .union([
      FileId,
      z.literal(PRIORITY_SUBJECT),
      ReportSubject,
      DeskSubject,
      GpuSubject,
      BackupSubject,
      FeedName,
    ])
    .optional()
    .describe(
      'A file id, the name of a feed, "report/<id>", the key of an exception, the LEI of an entity, "gpu/<node or device>", "backup/<id>", or "priority".',
    ),
  date: z.iso
    .date()
    .refine((date) => parseFolderDate(formatFolderDate(date)) !== null, 'is before 1900')
    .optional()
    .describe('Only entries of this calendar day, in the configured zone.'),
  cursor: z.coerce.number().int().positive().optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const AuditPage = z
  .object({
    entries: z.array(AuditEntryView),
    next: z.int().nullable().describe('Cursor of the next page; null on the last.'),
  })
  .meta({ id: 'AuditPage' });

export type AuditPage = z.infer<typeof AuditPage>;

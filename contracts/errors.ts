/**
 * The one error table. Every failure that a person, a client or a workflow can see has its row here: activities
 * throw it as an ApplicationFailure of that type, the API answers it as RFC 9457 problem+json, the command line
 * prints it. An error is a code and parameters; its words are in contracts/texts, per language. Codes are stable.
 * Free of zod, so that workflows may import it.
 */
import { ENGLISH_ERRORS } from './texts/en-errors.ts';
import { readParams } from './texts/shape.ts';

export type ErrorRow = {
  /** HTTP status of the API's answer. */
  readonly httpStatus: number;
  /** May the same call succeed later without a change of its input? Drives Temporal's retries. */
  readonly retryable: boolean;
};

const row = (httpStatus: number, retryable: boolean): ErrorRow => ({ httpStatus, retryable });

export const ERRORS = {
  'file.empty': row(422, false),
  'file.header-unknown': row(422, false),
  'file.header-duplicate': row(422, false),
  'file.header-incomplete': row(422, false),
  'file.not-utf8': row(422, false),
  'file.compression-broken': row(422, false),
  'file.archive-unsuitable': row(422, false),
  'file.expands-too-far': row(422, false),
  'file.values-refused': row(422, false),
  'file.changed': row(409, false),
  'file.vanished': row(409, false),
  'file.unreadable': row(409, false),
  'file.done-disagrees': row(409, false),
  'file.done-unreadable': row(409, false),
  'file.not-found': row(404, false),
  'file.not-published': row(409, false),
  'file.counts-disagree': row(500, false),
  'file.ledger-disagrees': row(500, false),
  'ingest.closed': row(409, false),
  'ingest.superseded': row(409, true),
  'feed.unreachable': row(503, true),
  'feed.disconnected': row(503, true),
  'feed.silent': row(504, true),
  'feed.packet-unfinished': row(504, true),
  'feed.packet-invalid': row(502, true),
  'feed.login-refused': row(403, false),
  'feed.session-unavailable': row(503, true),
  'feed.session-in-use': row(409, true),
  'feed.session-changed': row(409, false),
  'feed.session-restarted': row(409, false),
  'feed.superseded': row(409, true),
  'feed.batch-slow': row(503, true),
  'feed.not-found': row(404, false),
  'feed.not-configured': row(404, false),
  'feed.no-replay': row(409, false),
  'feed.gap-lost': row(410, false),
  'feed.gap-name-taken': row(410, false),
  'feed.gap-unfilled': row(504, true),
  'feeds.invalid': row(500, false),
  'feeds.unreadable': row(500, false),
  'feed.unattended': row(503, true),
  'outbound.invalid': row(500, false),
  'outbound.unreadable': row(500, false),
  'outbound.target-unknown': row(404, false),
  'outbound.unreachable': row(503, true),
  'outbound.stopped': row(409, false),
  'outbound.superseded': row(409, true),
  'outbound.answers-lost': row(502, false),
  'outbound.unwritable': row(507, true),
  'outbox.vanished': row(409, false),
  'outbox.changed': row(409, false),
  'outbox.unreadable': row(409, false),
  'outbox.unavailable': row(503, true),
  'outbox.not-rebuilt': row(409, false),
  'delivery.not-found': row(404, false),
  'delivery.silent': row(504, true),
  'delivery.file-refused': row(422, false),
  'delivery.not-failed': row(409, false),
  'delivery.not-begun': row(409, false),
  'delivery.id-taken': row(409, false),
  'delivery.behind-file': row(409, false),
  'delivery.behind-day': row(409, false),
  'message.not-found': row(404, false),
  'message.not-refused': row(409, false),
  'message.not-awaited': row(409, false),
  'message.not-settleable': row(409, false),
  'file.name-invalid': row(400, false),
  'file.too-large': row(413, false),
  'storage.full': row(507, true),
  'input.missing': row(404, false),
  'input.not-regular': row(422, false),
  'input.forbidden': row(403, false),
  'input.unreadable': row(422, false),
  'input.no-work-file': row(507, true),
  'register.invalid': row(500, false),
  'register.unreadable': row(500, false),
  'register.unknown': row(500, false),
  'request.invalid': row(400, false),
  'request.date-outside': row(400, false),
  'request.not-found': row(404, false),
  'request.method-not-allowed': row(405, false),
  'request.timeout': row(408, true),
  'request.too-large': row(413, false),
  'request.too-many': row(429, true),
  'request.aborted': row(400, true),
  'auth.missing': row(401, false),
  'auth.forbidden': row(403, false),
  'rule.unknown': row(404, false),
  'day.not-found': row(404, false),
  'day.not-business-day': row(409, false),
  'day.ahead': row(409, false),
  'day.behind': row(409, false),
  'day.not-reporter': row(409, false),
  'day.input-unknown': row(404, false),
  'day.input-settled': row(409, false),
  'day.not-closable': row(409, false),
  'day.not-reopenable': row(409, false),
  'day.sent-already': row(409, false),
  'day.later-made': row(409, false),
  'day.unreported': row(409, false),
  'day.unattended': row(503, true),
  'day.superseded': row(409, true),
  'day.nothing-to-report': row(409, false),
  'day.valuations-owed': row(409, false),
  'day.submitter-missing': row(422, false),
  'day.reporting-times': row(422, false),
  'day.clock-behind': row(503, true),
  'day.folder-unwritable': row(507, true),
  'day.file-not-found': row(404, false),
  'day.file-lost': row(410, false),
  'day.version-unknown': row(404, false),
  'day.not-written': row(409, false),
  'day-file.invalid': row(500, false),
  'day-file.unreadable': row(500, false),
  'swap.not-found': row(404, false),
  'events.too-many': row(429, true),
  'events.full': row(503, true),
  'events.ahead': row(409, false),
  'preview.no-record': row(404, false),
  'preview.rejected-record': row(422, false),
  'preview.not-submission': row(422, false),
  'table.invalid': row(500, false),
  'table.unreadable': row(500, false),
  'table.unknown': row(500, false),
  'report.not-found': row(404, false),
  'report.kind-forbidden': row(403, false),
  'report.day-not-cut': row(400, false),
  'report.not-ready': row(409, false),
  'report.file-lost': row(410, false),
  'report.range-unsatisfiable': row(416, false),
  'report.superseded': row(409, false),
  'report.unattended': row(503, true),
  'priority.not-overridden': row(409, false),
  'reconcile.not-submission': row(422, false),
  'reconcile.entity-unknown': row(422, false),
  'reconcile.not-read': row(422, false),
  'trace.not-found': row(404, false),
  'exception.not-found': row(404, false),
  'exception.persists': row(409, false),
  'exception.taken': row(409, false),
  'obligations.range': row(400, false),
  'job.template-unknown': row(400, false),
  'job.parameter-invalid': row(400, false),
  'job.path-invalid': row(400, false),
  'job.name-invalid': row(400, false),
  'job.launch-differs': row(409, false),
  'job.start-slow': row(503, true),
  'job.disk-full': row(507, true),
  'job.unkillable': row(500, true),
  'job.still-running': row(409, false),
  'job.results-disagree': row(422, false),
  'job.cluster-unreachable': row(503, true),
  'job.cluster-refused': row(422, false),
  'job.pod-waits': row(503, true),
  'job.no-room': row(503, false),
  'job.other-executor': row(503, true),
  'job.object-taken': row(409, false),
  'job.image-unknown': row(422, false),
  'job.image-unchecked': row(503, true),
  'kubernetes-file.invalid': row(500, false),
  'kubernetes-file.unreadable': row(500, false),
  'verification.busy': row(503, true),
  'verification.nothing': row(404, false),
  'gpu-file.invalid': row(500, false),
  'gpu-file.unreadable': row(500, false),
  'gpu.node-not-found': row(404, false),
  'gpu.node-state': row(409, false),
  'gpu.node-withheld': row(409, false),
  'gpu.node-in-cluster': row(409, false),
  'gpu.node-short': row(409, true),
  'gpu.device-not-found': row(404, false),
  'gpu.device-held': row(409, true),
  'gpu.device-unfit': row(422, false),
  'gpu.card-uncut': row(422, false),
  'gpu.slice-held': row(409, true),
  'gpu.job-not-found': row(404, false),
  'gpu.array-not-found': row(404, false),
  'gpu.job-moved': row(409, false),
  'gpu.store-down': row(503, true),
  'gpu.not-own': row(403, false),
  'gpu.range': row(400, false),
  'gpu.currency-changed': row(400, false),
  'gpu.order-invalid': row(400, false),
  'gpu.workdir-busy': row(409, false),
  'gpu.request-differs': row(409, false),
  'gpu.decision-not-found': row(404, false),
  'gpu.no-output': row(404, true),
  'gpu.output-range': row(416, false),
  'backup.taken': row(409, false),
  'backup.within-data': row(409, false),
  'backup.unwritable': row(507, true),
  'backup.not-found': row(404, false),
  'backup.damaged': row(422, false),
  'backup.newer': row(409, false),
  'backup.migration-unknown': row(409, false),
  'backup.table-unknown': row(422, false),
  'backup.table-missing': row(422, false),
  'backup.rows-differ': row(422, false),
  'backup.refused': row(422, false),
  'restore.database-taken': row(409, false),
  'restore.data-taken': row(409, false),
  'service.unavailable': row(503, true),
  'service.overloaded': row(503, true),
  'service.timeout': row(504, true),
  internal: row(500, true),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** What can be the matter with a feed. */
export type FeedErrorCode = Extract<ErrorCode, `feed.${string}` | `feeds.${string}`>;

/** What can be the matter with a CFTC day. */
export type DayErrorCode = Extract<ErrorCode, `day.${string}` | `day-file.${string}`>;
/** What can be the matter with what leaves, and with what comes back. */
export type OutboundErrorCode = Extract<
  ErrorCode,
  `outbound.${string}` | `outbox.${string}` | `delivery.${string}` | `message.${string}`
>;

/** What can be the matter with reading the ledger and its changes. */
export type SwapErrorCode = Extract<ErrorCode, `swap.${string}` | `events.${string}`>;

/** What can be the matter with a report that somebody asks for. */
export type ReportErrorCode = Extract<ErrorCode, `report.${string}`>;
/** What can be the matter at the desk: traces, exceptions, obligations, reconciliation. */
export type DeskErrorCode = Extract<
  ErrorCode,
  `reconcile.${string}` | `trace.${string}` | `exception.${string}` | `obligations.${string}`
>;

/** What can be the matter with a training run. */
export type JobErrorCode = Extract<ErrorCode, `job.${string}` | `kubernetes-file.${string}`>;

/** What can be the matter with GPU training. */
export type GpuErrorCode = Extract<ErrorCode, `gpu.${string}` | `gpu-file.${string}`>;

/** What can be the matter with a backup, and with restoring it. */
export type BackupErrorCode = Extract<ErrorCode, `backup.${string}` | `restore.${string}`>;

/** What the sentence of an error is about: names and figures, no words. Stored and sent as JSON. */
export type ErrorParams = Readonly<Record<string, string | number>>;

/** Problems that the sender can put right beside the file: it is held for that, not refused. */
const HOLDING: readonly ErrorCode[] = ['file.done-disagrees', 'file.done-unreadable'];

/** The state in which a problem ends a file. */
export function endStateOf(code: ErrorCode): 'held' | 'refused' {
  return HOLDING.includes(code) ? 'held' : 'refused';
}

/** An error as it is stored and handed on. */
export type ErrorFacts = { readonly code: ErrorCode; readonly params: ErrorParams };

export function isErrorCode(code: string | null | undefined): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}

/** An error of the table. `message` is its sentence in English, for logs and for Temporal. */
export class TainError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;

  constructor(code: ErrorCode, params: ErrorParams = {}, options?: ErrorOptions) {
    super(ENGLISH_ERRORS[code].detail(readParams(params)), options);
    this.name = 'TainError';
    this.code = code;
    this.params = params;
  }
}

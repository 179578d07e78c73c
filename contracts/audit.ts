/** Who did what: the names that the audit log and its readers share. */
import type { Role } from './policy.ts';

/** Whoever makes a change: a token's subject and role, or one of Tain's own services. */
export type Actor = { readonly actor: string; readonly role: Role };

export const AUDIT_ACTIONS = [
  'file.entered',
  'file.reopened',
  'file.held',
  'file.refused',
  'file.published',
  'file.linked',
  'file.removed',
  'file.downloaded',
  'feed.entered',
  'feed.paused',
  'feed.resumed',
  'feed.reconfigured',
  'feed.removed',
  'feed.session-began',
  'feed.gap-found',
  'feed.gap-filled',
  'feed.altered',
  'day.opened',
  'day.waived',
  'day.cut',
  'day.reported',
  'day.closed',
  'day.reopened',
  'day.downloaded',
  'day.removed',
  'delivery.sent',
  'delivery.silent',
  'delivery.answered',
  'delivery.failed',
  'delivery.retried',
  'delivery.file-rebuilt',
  'delivery.given-up',
  'outbound.contradicted',
  'message.resubmitted',
  'message.given-up',
  'message.acknowledged',
  'message.withdrawn',
  'report.requested',
  'report.cancelled',
  'report.removed',
  'report.downloaded',
  'priority.held',
  'priority.released',
  'priority.overridden',
  'priority.override-ended',
  'priority.queue-mended',
  'swaps.verified',
  'exception.taken',
  'exception.noted',
  'exception.resolved',
  'gpu.configured',
  'gpu.node-drained',
  'gpu.node-resumed',
  'gpu.node-retired',
  'gpu.device-changed',
  'gpu.job-submitted',
  'gpu.job-changed',
  'backup.begun',
  'backup.made',
  'backup.restored',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const isAuditAction = (text: unknown): text is AuditAction =>
  (AUDIT_ACTIONS as readonly unknown[]).includes(text);

export const BY_INBOX: Actor = { actor: 'inbox', role: 'service' };
export const BY_FILE_INGEST: Actor = { actor: 'file-ingest', role: 'service' };
export const BY_STREAM_INGEST: Actor = { actor: 'stream-ingest', role: 'service' };
export const BY_DAY_OPENER: Actor = { actor: 'day-opener', role: 'service' };
export const BY_CFTC_DAY: Actor = { actor: 'cftc-day', role: 'service' };
export const BY_DELIVERY: Actor = { actor: 'delivery', role: 'service' };
export const BY_MAINTENANCE: Actor = { actor: 'maintenance', role: 'service' };
export const BY_ON_DEMAND_REPORT: Actor = { actor: 'on-demand-report', role: 'service' };
export const BY_GOVERNOR: Actor = { actor: 'governor', role: 'service' };
export const BY_GPU_FILE: Actor = { actor: 'gpu-file', role: 'service' };
export const BY_CLUSTER: Actor = { actor: 'cluster', role: 'service' };
export const BY_GPU_PLANNER: Actor = { actor: 'gpu-planner', role: 'service' };
export const BY_GPU_JOB: Actor = { actor: 'gpu-job', role: 'service' };
/** All of Tain's own services: nobody else may act under one of their names. */
export const SERVICE_ACTORS: readonly Actor[] = [
  ...[BY_INBOX, BY_FILE_INGEST, BY_STREAM_INGEST, BY_DAY_OPENER, BY_CFTC_DAY, BY_DELIVERY],
  ...[BY_MAINTENANCE, BY_ON_DEMAND_REPORT, BY_GOVERNOR, BY_GPU_FILE, BY_CLUSTER, BY_GPU_PLANNER, BY_GPU_JOB],
];
/** What changes of priority are noted of: there is one, of all that Tain runs. */
export const PRIORITY_SUBJECT = 'priority';
/** Somebody at this machine's command line, who may do what its secret allows. */
export const BY_COMMAND_LINE: Actor = { actor: 'command-line', role: 'operator' };

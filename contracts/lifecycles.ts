/**
 * The lifecycles: per stem its workflow type, workflow id and the inverse of the id, queue, id policies and search
 * attributes. API, command line and workers start workflows through this table and nowhere else.
 * Free of zod: workflows import it. Uniqueness that must outlast Temporal's retention lives in Postgres.
 */
import { parseFolderDate } from './folders.ts';
import { PRIORITY, QUEUES } from './queues.ts';

/** A file's name for people, paths and workflow ids: `20261121/<first 32 hex digits of its sha-256>`. */
export type FileRef = { readonly folderDate: string; readonly sha256Prefix: string };

const FILE_WORKFLOW_ID = /^file\/(\d{8})\/([0-9a-f]{32})$/;

/** Custom search attributes, registered when Tain starts. Values are never encrypted by Temporal. */
export const SEARCH_ATTRIBUTES = {
  folderDate: 'TainFolderDate',
  fileState: 'TainFileState',
} as const;

export const LIFECYCLES = {
  inbox: {
    workflowType: 'inbox',
    taskQueue: QUEUES.swapBatch,
    priority: PRIORITY.inbox,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    workflowId: () => 'inbox',
  },
  fileIngest: {
    workflowType: 'fileIngest',
    taskQueue: QUEUES.swapBatch,
    priority: PRIORITY.file,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    workflowId: (file: FileRef) => `file/${file.folderDate}/${file.sha256Prefix}`,
  },
  streamIngest: {
    workflowType: 'streamIngest',
    taskQueue: QUEUES.swapRealtime,
    priority: PRIORITY.stream,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    workflowId: (feed: string) => `stream/${feed}`,
  },
  feedBackfill: {
    workflowType: 'feedBackfill',
    taskQueue: QUEUES.swapBatch,
    priority: PRIORITY.backfill,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    workflowId: (feed: string) => `backfill/${feed}`,
  },
  cftcDay: {
    workflowType: 'cftcDay',
    taskQueue: QUEUES.swapBatch,
    priority: PRIORITY.day,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    workflowId: (date: string) => `cftc/${date}`,
  },
  dayOpener: {
    workflowType: 'dayOpener',
    taskQueue: QUEUES.swapBatch,
    priority: PRIORITY.day,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    workflowId: () => 'day-opener',
  },
  delivery: {
    workflowType: 'delivery',
    taskQueue: QUEUES.swapBatch,
    priority: PRIORITY.delivery,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    workflowId: (deliveryId: string) => `delivery/${deliveryId}`,
  },
  outboundLive: {
    workflowType: 'outboundLive',
    taskQueue: QUEUES.swapRealtime,
    priority: PRIORITY.outbound,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    workflowId: (target: string) => `outbound/${target}`,
  },
  onDemandReport: {
    workflowType: 'onDemandReport',
    taskQueue: QUEUES.swapOnDemand,
    priority: PRIORITY.report,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    /** Each attempt has a run of its own: one that is being cancelled takes no new order. */
    workflowId: (reportId: string, attempt = 1) =>
      attempt === 1 ? `report/${reportId}` : `report/${reportId}/${attempt}`,
  },
  governor: {
    workflowType: 'governor',
    taskQueue: QUEUES.swapRealtime,
    priority: PRIORITY.governor,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    workflowId: () => 'governor',
  },
  gpuPlanner: {
    workflowType: 'gpuPlanner',
    taskQueue: QUEUES.gpuControl,
    priority: PRIORITY.planner,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    workflowId: (pool: string) => `gpu-planner/${pool}`,
  },
  gpuJob: {
    workflowType: 'gpuJob',
    taskQueue: QUEUES.gpuControl,
    priority: PRIORITY.job,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    workflowId: (jobId: string) => `gpu/${jobId}`,
  },
  exceptionWatch: {
    workflowType: 'exceptionWatch',
    taskQueue: QUEUES.swapBatch,
    priority: PRIORITY.day,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    workflowId: () => 'exception-watch',
  },
  maintenance: {
    workflowType: 'maintenance',
    taskQueue: QUEUES.swapBatch,
    priority: PRIORITY.file,
    idReusePolicy: 'ALLOW_DUPLICATE',
    idConflictPolicy: 'USE_EXISTING',
    workflowId: () => 'maintenance',
  },
} as const;

/** Names of the queries that every lifecycle answers. */
export const PROGRESS_QUERY = 'progress';

/** The inverse of `LIFECYCLES.fileIngest.workflowId`; null when the id is of another lifecycle. */
export function parseFileWorkflowId(workflowId: string): FileRef | null {
  const match = FILE_WORKFLOW_ID.exec(workflowId);
  return match ? { folderDate: match[1]!, sha256Prefix: match[2]! } : null;
}

/** A file's id in the API and on the command line, `20261121-<32 hex>`: the workflow id without slashes. */
export function formatFileId(folderDate: string, sha256: string): string {
  return `${folderDate.replaceAll('-', '')}-${sha256.slice(0, 32)}`;
}

/** The inverse of `formatFileId`; null when the text is no file id. */
export function parseFileId(fileId: string): FileRef | null {
  const match = /^(\d{8})-([0-9a-f]{32})$/.exec(fileId);
  return match && parseFolderDate(match[1]!) !== null
    ? { folderDate: match[1]!, sha256Prefix: match[2]! }
    : null;
}

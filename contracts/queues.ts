/** Task queues, the one place of their names (DESIGN section 3). Only queues with work on them are listed. */
export const QUEUES = {
  swapRealtime: 'swap-realtime',
  swapBatch: 'swap-batch',
} as const;

/** Order inside a queue, Temporal's priorityKey: lower is served first. */
export const PRIORITY = {
  stream: 1,
  inbox: 2,
  file: 3,
  backfill: 5,
} as const;

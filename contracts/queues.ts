/** Task queues, the one place of their names (DESIGN section 3). Only queues with work on them are listed. */
export const QUEUES = {
  swapBatch: 'swap-batch',
} as const;

/** Order inside swap-batch, Temporal's priorityKey: lower is served first. */
export const PRIORITY = {
  inbox: 2,
  file: 3,
} as const;

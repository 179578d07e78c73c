/** Task queues, the one place of their names (DESIGN section 3). Only queues with work on them are listed. */
export const QUEUES = {
  swapRealtime: 'swap-realtime',
  swapOnDemand: 'swap-on-demand',
  swapBatch: 'swap-batch',
  /** Planning, and everything of a job but its start: watching, ending, collecting, cleaning up. */
  gpuControl: 'gpu-control',
  /** Prolog and start of training only, so that pausing it holds up no end of any. */
  gpuTraining: 'gpu-training',
} as const;

/** Order inside a queue, Temporal's priorityKey: lower is served first. */
export const PRIORITY = {
  governor: 1,
  stream: 1,
  outbound: 1,
  report: 1,
  /** Days, and the watch over what is due. */
  day: 1,
  delivery: 1,
  inbox: 2,
  file: 3,
  backfill: 5,
  planner: 1,
  job: 2,
} as const;

/** Every workflow type, for the bundler: the one barrel of the project, because Temporal needs one entry. */
export { cftcDay } from './cftc-day.ts';
export { dayOpener } from './day-opener.ts';
export { delivery } from './delivery.ts';
export { exceptionWatch } from './exception-watch.ts';
export { feedBackfill } from './feed-backfill.ts';
export { fileIngest } from './file-ingest.ts';
export { governor } from './governor.ts';
export { gpuJob } from './gpu-job.ts';
export { gpuPlanner } from './gpu-planner.ts';
export { inbox } from './inbox.ts';
export { maintenance } from './maintenance.ts';
export { outboundLive } from './outbound-live.ts';
export { onDemandReport } from './on-demand-report.ts';
export { streamIngest } from './stream-ingest.ts';

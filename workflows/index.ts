/** Every workflow type, for the bundler: the one barrel of the project, because Temporal needs one entry. */
export { exceptionWatch } from './exception-watch.ts';
export { feedBackfill } from './feed-backfill.ts';
export { fileIngest } from './file-ingest.ts';
export { governor } from './governor.ts';
export { inbox } from './inbox.ts';
export { maintenance } from './maintenance.ts';
export { streamIngest } from './stream-ingest.ts';

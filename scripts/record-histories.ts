/**
 * Records the histories that the replay tests run: `npm run record-histories -- [NAME ...]` against a running Tain
 * (TEMPORAL_ADDRESS). Record anew only together with a change of workflow code that no running workflow can meet.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { loadConfig, ROOT_DIR } from '../platform/config.ts';
import { connectTemporal } from '../platform/temporal.ts';

type Wanted = {
  readonly query: string;
  /** An activity that tells the workflow from others that the query finds. */
  readonly has?: string;
  readonly lacks?: string;
};

const PUBLISHED = 'WorkflowType = "fileIngest" AND TainFileState = "published"';

/** By name of the history. */
const WANTED: Record<string, Wanted> = {
  'cftcDay-reopened': {
    query: 'WorkflowType = "cftcDay" AND ExecutionStatus = "Completed"',
    has: 'reopenDay',
  },
  'dayOpener-looked': { query: 'WorkflowType = "dayOpener" AND ExecutionStatus = "Completed"' },
  'fileIngest-published': { query: PUBLISHED, has: 'applyRecords', lacks: 'linkCorrections' },
  'fileIngest-public': { query: PUBLISHED, lacks: 'applyRecords' },
  'fileIngest-corrected': { query: PUBLISHED, has: 'linkCorrections' },
  'fileIngest-refused': { query: 'WorkflowType = "fileIngest" AND TainFileState = "refused"' },
  'feedBackfill-filled': { query: 'WorkflowType = "feedBackfill" AND ExecutionStatus = "Completed"' },
  'exceptionWatch-watching': { query: 'WorkflowType = "exceptionWatch"' },
  'delivery-answered': {
    query: 'WorkflowType = "delivery" AND ExecutionStatus = "Completed"',
    lacks: 'noteFailure',
  },
  'delivery-failed': { query: 'WorkflowType = "delivery"', has: 'noteFailure' },
  'outboundLive-stopped': { query: 'WorkflowType = "outboundLive"', has: 'outbound.stopped' },
  'gpuJob-completed': {
    query: 'WorkflowType = "gpuJob" AND ExecutionStatus = "Completed"',
    has: 'collectRun',
  },
  'gpuJob-cancelled': {
    query: 'WorkflowType = "gpuJob" AND ExecutionStatus = "Completed"',
    lacks: 'watchRun',
  },
  'gpuPlanner-looking': { query: 'WorkflowType = "gpuPlanner"', has: 'lookAtQueue' },
  'governor-watching': { query: 'WorkflowType = "governor"' },
  'inbox-watching': { query: 'WorkflowType = "inbox"' },
  'maintenance-partitions': { query: 'WorkflowType = "maintenance" AND ExecutionStatus = "Completed"' },
  'onDemandReport-ready': {
    query: 'WorkflowType = "onDemandReport" AND ExecutionStatus = "Completed"',
    has: 'writeReportFile',
    lacks: 'endReport',
  },
  'streamIngest-ordered': { query: 'WorkflowType = "streamIngest"', has: 'resumeFeed' },
};

const client = await connectTemporal(loadConfig(['TEMPORAL_ADDRESS']));
const directory = path.join(ROOT_DIR, 'tests', 'replay', 'histories');
await mkdir(directory, { recursive: true });
const named = process.argv.slice(2);
for (const [name, wanted] of Object.entries(WANTED)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const json = await findHistory(wanted);
  if (json === null) throw new Error(`No workflow is found for ${name}: ${JSON.stringify(wanted)}`);
  await writeFile(path.join(directory, `${name}.json`), `${JSON.stringify(JSON.parse(json))}\n`);
  process.stdout.write(`${name}: ${json.length} characters\n`);
}
await client.connection.close();

/** The newest history that is wanted. */
async function findHistory({ query, has, lacks }: Wanted): Promise<string | null> {
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    // Process and host of the workers, and where their files lie, are nobody's business.
    const json = historyToJSON(history)
      .replaceAll(/\d+@[^"]*/g, 'worker')
      .replaceAll(/"stackTrace":\s*"(?:[^"\\]|\\.)*"/g, '"stackTrace": ""');
    if ((!has || json.includes(has)) && (!lacks || !json.includes(lacks))) return json;
  }
  return null;
}

/**
 * Records the histories that the replay tests run: `npm run record-histories` against a running Tain
 * (TEMPORAL_ADDRESS). Record anew only together with a change of workflow code that no running workflow can meet.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { loadConfig, ROOT_DIR } from '../platform/config.ts';
import { connectTemporal } from '../platform/temporal.ts';

/** Name of the history and the query that finds its workflow. */
const WANTED: Record<string, string> = {
  'fileIngest-published': 'WorkflowType = "fileIngest" AND TainFileState = "published"',
  'fileIngest-refused': 'WorkflowType = "fileIngest" AND TainFileState = "refused"',
  'inbox-watching': 'WorkflowType = "inbox"',
  'maintenance-partitions': 'WorkflowType = "maintenance" AND ExecutionStatus = "Completed"',
};

const client = await connectTemporal(loadConfig(['TEMPORAL_ADDRESS']));
const directory = path.join(ROOT_DIR, 'tests', 'replay', 'histories');
await mkdir(directory, { recursive: true });
for (const [name, query] of Object.entries(WANTED)) {
  let found: { workflowId: string; runId: string } | undefined;
  for await (const newest of client.workflow.list({ query, pageSize: 1 })) {
    found = newest;
    break;
  }
  if (!found) throw new Error(`No workflow is found by: ${query}`);
  const history = await client.workflow.getHandle(found.workflowId, found.runId).fetchHistory();
  // Process and host of the workers are nobody's business.
  const json = historyToJSON(history).replaceAll(/\d+@[^"]*/g, 'worker');
  await writeFile(path.join(directory, `${name}.json`), `${JSON.stringify(JSON.parse(json))}\n`);
  process.stdout.write(`${name}: ${found.workflowId}, ${history.events?.length} events\n`);
}
await client.connection.close();

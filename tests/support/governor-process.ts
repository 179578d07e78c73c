/** A worker of the governor as a process of its own, to be killed: `node governor-process.ts NAMESPACE DATABASE_URL`. */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { parseConfig } from '../../platform/config.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { connectTemporal } from '../../platform/temporal.ts';
import { provided } from './engines.ts';
import { fastGovernor, withRealtimeWorker } from './governor.ts';

const [namespace, databaseUrl] = process.argv.slice(2) as [string, string];
Runtime.install({ logger: new DefaultLogger('ERROR') });
const address = provided('TAIN_TEST_TEMPORAL_ADDRESS');
const client = await connectTemporal({
  ...parseConfig({ TEMPORAL_NAMESPACE: namespace }),
  TEMPORAL_ADDRESS: address,
});
const connection = await NativeConnection.connect({ address });
const activities = fastGovernor({ sql: connectPostgres(databaseUrl, 'test governor'), client });
process.stdin.resume();
// Ends with the pipe of whoever started it, so that a failed test leaves nothing behind.
await withRealtimeWorker(
  { client, connection, namespace },
  activities,
  () => new Promise<void>((resolve) => void process.stdin.on('close', resolve)),
);
process.exit();

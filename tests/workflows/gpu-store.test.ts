import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { enterJobs } from '../../db/gpu-job-changes.ts';
import { readJobState } from '../../db/gpu-jobs.ts';
import type { GpuJobState } from '../../contracts/gpu.ts';
import { hintJob, hintPlanner } from '../../platform/gpu-hints.ts';
import { startAlertReceiver, type AlertReceiver } from '../support/alert-receiver.ts';
import { openDatabaseWay } from '../support/database-way.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, order } from '../support/gpu.ts';
import { useTemporal } from '../support/temporal.ts';
import { useTraining } from '../support/training.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const training = useTraining(database, temporal);
const closing: (() => unknown)[] = [];
let receiver: AlertReceiver;

beforeEach(async () => {
  receiver = await startAlertReceiver();
  closing.push(() => receiver.stop());
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function submit(parameters: Record<string, number>): Promise<string> {
  const { config, workdir } = training.folders();
  const needs = { template: 'proto-gcn', params: parameters, configPath: config, workdir, memoryMib: 512 };
  const [jobId] = await enterJobs(database.sql, BY, [order(needs)]);
  await Promise.all([hintPlanner(temporal.client), hintJob(temporal.client, jobId!)]);
  return jobId!;
}

const reaches = (jobId: string, state: GpuJobState) =>
  until(async () => {
    const now = await readJobState(database.sql, jobId);
    if (now.state !== state) throw new Error(`It is ${now.state}.`);
    return now;
  }, 40_000);

const told = () => receiver.received.map(({ alert: { event, key } }) => `${event} ${key}`);

it('no job fails for a database that is away: after three tries somebody is told, once, and it is tried on', async () => {
  const way = await openDatabaseWay(database.url, closing);
  await addNode(database.sql, [{ model: 'RTX-4090-24GB' }]);
  await training.withWorkers(
    async () => {
      const runs = await submit({ steps: 400, 'pace-ms': 10 });
      await reaches(runs, 'running');
      const waits = await submit({ steps: 5 });
      await way.close();
      await until(async () => expect(told()).toEqual(['come store-down/postgres']), 40_000);
      await way.open();
      const done = [await reaches(runs, 'completed'), await reaches(waits, 'completed')];

      expect(done).toMatchObject([
        { attempt: 1, infra_count: 0 },
        { attempt: 1, infra_count: 0 },
      ]);
      await until(async () =>
        expect(told()).toEqual(['come store-down/postgres', 'gone store-down/postgres']),
      );
    },
    { sql: way.sql, alert: { url: receiver.url, timeoutMs: 5000 } },
  );
  const { alert } = receiver.received[0]!;
  expect(alert.remedy.en).toMatch(/postgres.*no job fails/);
}, 120_000);

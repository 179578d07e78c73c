import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { GpuJobDetail, GpuJobView } from '../../contracts/gpu-jobs.schema.ts';
import { createKubernetesExecutor } from '../../platform/executors/kubernetes-executor.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { addPod, addPriorityClass, podIn, useCluster } from '../support/cluster.ts';
import { templateIn } from '../support/cluster-runs.ts';
import { useDatabase } from '../support/database.ts';
import { addNode } from '../support/gpu.ts';
import { startProgramNode, type ProgramNode } from '../support/program-node.ts';
import { useTemporal } from '../support/temporal.ts';
import { useTraining } from '../support/training.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
let priorityClass: string;
// Hooks run in their order: runs are removed while their cluster and their node are there.
const training = useTraining(database, temporal, (stateDir) =>
  createKubernetesExecutor({
    kubeConfig: cluster.kubeConfig,
    directory: path.join(stateDir, 'gpu', 'runs'),
    template: { ...templateIn(cluster, stateDir), priorityClass },
  }),
);
const cluster = useCluster();
const GPUS = 8;
let node: ProgramNode;
let app: FastifyInstance;

beforeEach(async () => {
  priorityClass = await addPriorityClass(cluster, 'gpu-training', 1000);
  node = await startProgramNode(cluster, GPUS);
  await addNode(database.sql, [{ model: 'RTX-4090-24GB' }]);
  await app?.close();
  app = await buildTestApp({ sql: database.sql, client: temporal.client }, training.settings());
});
afterEach(() => node.stop());
afterAll(() => app.close());

const as = { headers: bearer(tokenFor('user', 'kim')) };

async function submit(parameters: object): Promise<string> {
  const payload = { ...training.folders(), parameters, resources: { memoryMib: 512 } };
  const answer = await app.inject({ method: 'POST', url: '/v1/gpu/jobs', payload, ...as });
  expect(answer.statusCode).toBe(202);
  return answer.json<GpuJobView>().jobId;
}

const reaches = (jobId: string, state: GpuJobView['state']): Promise<GpuJobDetail> =>
  until(async () => {
    const answer = await app.inject({ method: 'GET', url: `/v1/gpu/jobs/${jobId}`, ...as });
    const found = answer.json<GpuJobDetail>();
    if (found.job.state !== state) throw new Error(`It is ${found.job.state}.`);
    return found;
  }, 40_000);

/** Steps that an attempt of a job did, by its own output. */
const stepsOf = (jobId: string, attempt: number): number[] =>
  [
    ...readFileSync(
      training.at('gpu', 'results', jobId, String(attempt), 'logs', 'stdout.log'),
      'utf8',
    ).matchAll(/"event":"step","step":(\d+)/g),
  ].map((match) => Number(match[1]));

const objectsLeft = async (): Promise<number> => {
  const { batch, core, namespace } = cluster;
  const labelSelector = 'app.kubernetes.io/managed-by=tain';
  const jobs = await batch.listNamespacedJob({ namespace, labelSelector });
  const pods = await core.listNamespacedPod({ namespace, labelSelector });
  return jobs.items.length + pods.items.length;
};

it('a training job runs as a Job of the cluster to its end, is collected, billed and cleaned up', async () => {
  await training.withWorkers(async () => {
    const jobId = await submit({ steps: 50 });
    const done = await reaches(jobId, 'completed');

    expect(done.timeline.map(({ state }) => state).filter(Boolean)).toEqual([
      ...['requested', 'validated', 'queued', 'reserved', 'starting', 'running', 'collecting', 'cleaning'],
      'completed',
    ]);
    expect(done.timeline.at(-1)!.facts).toMatchObject({
      exit: { cause: 'finished', code: 0 },
      // Both streams come as one.
      results: { files: 3, differences: 0 },
    });
    expect(stepsOf(jobId, 1)).toHaveLength(50);
    expect(done.billed.gpuSeconds).toBeGreaterThan(0);
    expect(training.runsLeft()).toEqual([]);
    expect(await objectsLeft()).toBe(0);
  });
});

it('a training job whose GPUs a realtime pod takes is preempted, goes on from its checkpoint, and has not failed', async () => {
  const realtime = await addPriorityClass(cluster, 'realtime', 1_000_000);
  await training.withWorkers(async () => {
    const jobId = await submit({ steps: 150, 'pace-ms': 20, 'checkpoint-every': 20 });
    await until(async () => {
      const file = training.at('gpu', 'runs', `${jobId}-1`, 'stdout.log');
      if (!existsSync(file) || !readFileSync(file, 'utf8').includes('"step":20,'))
        throw new Error('It has not got so far.');
    }, 40_000);
    const name = await addPod(cluster, 'realtime', { gpus: GPUS, priorityClass: realtime });
    await podIn(cluster, name, 'Running');
    await cluster.core.deleteNamespacedPod({ namespace: cluster.namespace, name });
    const done = await reaches(jobId, 'completed');

    expect(done.job).toMatchObject({
      attempt: 2,
      retries: { preempted: 1, infrastructure: 0, userError: 0 },
    });
    const [first, second] = [stepsOf(jobId, 1), stepsOf(jobId, 2)];
    expect(second[0]).toBe(first.at(-1)! + 1);
    expect(second.at(-1)).toBe(150);
    expect(await objectsLeft()).toBe(0);
  });
});

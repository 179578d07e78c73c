import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createClusterExecutor } from '../../platform/executors/cluster-executor.ts';
import { hintPlanner } from '../../platform/gpu-hints.ts';
import { useArgoController, workflowsIn } from '../support/argo.ts';
import { addPod, addPriorityClass, podIn, useCluster } from '../support/cluster.ts';
import { kubeconfigOf } from '../support/cluster-files.ts';
import { templateIn, type ClusterExecutor } from '../support/cluster-runs.ts';
import { useDatabase } from '../support/database.ts';
import { provided } from '../support/engines.ts';
import { holdTraining } from '../support/gpu.ts';
import { startProgramNode, type ProgramNode } from '../support/program-node.ts';
import { useTemporal } from '../support/temporal.ts';
import { useTraining } from '../support/training.ts';
import { cardOn, describeTraining, LONG, useTrainingDesk } from '../support/training-course.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const GPUS = 8;

describe.each<[ClusterExecutor]>([['kubernetes-job'], ['argo']])('by %s', (kind) => {
  let priorityClass: string;
  // Hooks run in their order: runs are removed while their cluster, their node and their controller are there.
  const training = useTraining(database, temporal, (stateDir) =>
    createClusterExecutor(kind, {
      kubeConfig: cluster.kubeConfig,
      directory: path.join(stateDir, 'gpu', 'runs'),
      template: { ...templateIn(cluster, stateDir), priorityClass },
      ...{ startMs: 2000, roomMs: 3000 },
    }),
  );
  const cluster = useCluster();
  if (kind === 'argo') useArgoController(cluster);
  let node: ProgramNode;

  beforeEach(async () => {
    priorityClass = await addPriorityClass(cluster, 'gpu-training', 1000);
    node = await startProgramNode(cluster, GPUS);
  });
  afterEach(() => node.stop());
  const desk = useTrainingDesk(database, temporal, training, () => cardOn(database, node.name));

  async function objectsLeft(): Promise<number> {
    const { batch, core, namespace } = cluster;
    const labelSelector = 'app.kubernetes.io/managed-by=tain';
    const found = [
      ...(await batch.listNamespacedJob({ namespace, labelSelector })).items,
      ...(kind === 'argo' ? await workflowsIn(cluster, labelSelector) : []),
      ...(await core.listNamespacedPod({ namespace, labelSelector })).items,
    ];
    return found.length;
  }

  async function startRealtime(): Promise<string> {
    const realtime = await addPriorityClass(cluster, 'realtime', 1_000_000);
    const name = await addPod(cluster, 'realtime', { gpus: GPUS, priorityClass: realtime });
    await podIn(cluster, name, 'Running');
    return name;
  }

  const endRealtime = (name: string) =>
    cluster.core.deleteNamespacedPod({ namespace: cluster.namespace, name });

  /** What a process of its own is told of the cluster. */
  function environment(): Record<string, string> {
    const { volumes, ...template } = templateIn(cluster, training.at());
    const file = training.at('cluster.json');
    writeFileSync(
      file,
      JSON.stringify({
        ...{ ...template, executor: kind, priorityClass, registry: { ask: false } },
        volumes: volumes.map(({ source, ...volume }) => ({ ...volume, ...source })),
      }),
    );
    return { TAIN_KUBERNETES_FILE: file, KUBECONFIG: kubeconfigOf(provided('TAIN_TEST_CLUSTER')) };
  }

  describeTraining('on the test cluster', desk, { streams: ['stdout'], leftOf: objectsLeft, environment });

  it('a training job runs on while the governor freezes training, and makes way at the next level', async () => {
    await training.withWorkers(async () => {
      const jobId = await desk.submit(LONG);
      await desk.hasStarted(jobId);
      await holdTraining(database.sql, 'freeze');
      const before = desk.running(jobId);
      await until(() => Promise.resolve(expect(desk.running(jobId)).not.toBe(before)));
      await holdTraining(database.sql, 'preempt');
      await hintPlanner(temporal.client);
      const waiting = await desk.reaches(jobId, 'queued');
      await holdTraining(database.sql, 'none');
      await hintPlanner(temporal.client);
      const done = await desk.reaches(jobId, 'completed');

      expect(waiting.job).toMatchObject({ cause: 'preempted', isFrozen: false });
      expect(done.timeline.map(({ kind }) => kind)).not.toContain('frozen');
    });
  });

  it.each([1, 2, 3])(
    'a training job whose GPUs a realtime pod takes is preempted, goes on from its checkpoint, and has not failed (%i of 3)',
    async (repetition) => {
      await training.withWorkers(async () => {
        const jobId = await desk.submit(LONG);
        await desk.hasStarted(jobId);
        const arrived = Date.now();
        const realtime = await startRealtime();
        const runsAfter = Date.now() - arrived;
        await endRealtime(realtime);
        const done = await desk.reaches(jobId, 'completed');

        expect(done.job).toMatchObject({
          attempt: 2,
          retries: { preempted: 1, infrastructure: 0, userError: 0 },
        });
        const [first, second] = [desk.stepsOf(jobId, 1), desk.stepsOf(jobId, 2)];
        expect(second[0]).toBe(first.at(-1)! + 1);
        expect(second.at(-1)).toBe(LONG.steps);
        expect(desk.logOf(jobId, 2)).toContain(`"resumeFrom":${first.at(-1)!}`);
        expect(desk.statesOf(done)).not.toContain('failed');
        const requeued = done.timeline.findLast(({ state }) => state === 'queued')!;
        expect(requeued.cause).toBe('preempted');
        expect(await objectsLeft()).toBe(0);
        process.stderr.write(
          `${kind}, ${repetition} of 3: realtime runs ${runsAfter} ms after it arrived, the job waits again after ` +
            `${Date.parse(requeued.at) - arrived} ms and goes on at step ${second[0]}\n`,
        );
      });
    },
  );

  it('a training job that the cluster has no room for goes back into the queue, uses up no retry, and runs when there is some', async () => {
    const name = await startRealtime();
    await training.withWorkers(async () => {
      const jobId = await desk.submit({ steps: 5 });
      const waiting = await until(async () => {
        const found = await desk.detail(jobId);
        if (found.job.cause !== 'resource-short') throw new Error(`It is ${found.job.state}.`);
        return found;
      }, 40_000);
      expect(await objectsLeft()).toBe(0);
      await endRealtime(name);
      const done = await desk.reaches(jobId, 'completed');

      expect(waiting.job).toMatchObject({ state: 'queued', retries: { infrastructure: 0, userError: 0 } });
      expect(JSON.stringify(waiting.timeline.at(-1))).toContain('Insufficient nvidia.com/gpu');
      expect(done.job).toMatchObject({ attempt: 2, retries: { infrastructure: 0, userError: 0 } });
    });
  });
});

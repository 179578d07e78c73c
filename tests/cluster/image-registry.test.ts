import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createClusterExecutor } from '../../platform/executors/cluster-executor.ts';
import { createRunImage } from '../../platform/image-registry/run-image.ts';
import { useArgoController } from '../support/argo.ts';
import { useCluster } from '../support/cluster.ts';
import { templateIn, type ClusterExecutor } from '../support/cluster-runs.ts';
import { useDatabase } from '../support/database.ts';
import { startProgramNode, type ProgramNode } from '../support/program-node.ts';
import { useRegistries, type TestRegistry } from '../support/registry.ts';
import { useTemporal } from '../support/temporal.ts';
import { useTraining } from '../support/training.ts';
import { cardOn, useTrainingDesk } from '../support/training-course.ts';

const database = useDatabase();
const temporal = useTemporal();
const registries = useRegistries();
const LOGIN = { user: 'robot', password: 'secret' };
const ERRORS = { invalid: 'kubernetes-file.invalid', unreadable: 'kubernetes-file.unreadable' } as const;

let registry: TestRegistry;
let dir = '';
beforeEach(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'tain-image-'));
  registry = await registries.start({ wants: 'token', login: LOGIN });
  writeFileSync(path.join(dir, 'ca.pem'), registries.ca);
  writeFileSync(
    path.join(dir, 'login.json'),
    JSON.stringify({ auths: { [registry.host]: { username: LOGIN.user, password: LOGIN.password } } }),
  );
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const imageOf = (): string => `${registry.host}/tain/train:1.4.0`;

describe.each<[ClusterExecutor]>([['kubernetes-job'], ['argo']])('by %s', (kind) => {
  // Hooks run in their order: runs are removed while their cluster, their node and their controller are there.
  const training = useTraining(
    database,
    temporal,
    (stateDir) =>
      createClusterExecutor(kind, {
        kubeConfig: cluster.kubeConfig,
        directory: path.join(stateDir, 'gpu', 'runs'),
        template: { ...templateIn(cluster, stateDir), image: imageOf() },
      }),
    () =>
      createRunImage(
        imageOf(),
        {
          ...{ caFile: path.join(dir, 'ca.pem'), credentialsFile: path.join(dir, 'login.json') },
          isInsecure: false,
        },
        ERRORS,
      ),
  );
  const cluster = useCluster();
  if (kind === 'argo') useArgoController(cluster);
  let node: ProgramNode;
  beforeEach(async () => {
    node = await startProgramNode(cluster, 8);
  });
  afterEach(() => node.stop());
  const desk = useTrainingDesk(database, temporal, training, () => cardOn(database, node.name));

  it('the pod of a job has the digest that its image has in a private registry, and people see the tag', async () => {
    const digest = registry.push('tain/train', '1.4.0');
    await training.withWorkers(async () => {
      const jobId = await desk.submit({ steps: 200, 'pace-ms': 20 });
      await desk.hasStarted(jobId);
      const { items } = await cluster.core.listNamespacedPod({ namespace: cluster.namespace });
      const images = items.flatMap(({ spec }) => spec!.containers.map((one) => [one.name, one.image]));
      const done = await desk.reaches(jobId, 'completed');

      expect(images).toContainEqual(['main', `${registry.host}/tain/train@${digest}`]);
      expect(done.timeline.find(({ state }) => state === 'starting')!.facts).toEqual({
        image: imageOf(),
        digest,
      });
    });
  });

  it('a job whose image its registry does not have is refused, and nothing is made in the cluster', async () => {
    registry.push('tain/train', '1.3.0');
    await training.withWorkers(async () => {
      const jobId = await desk.submit({ steps: 5 });
      const failed = await desk.reaches(jobId, 'failed');

      expect(failed.job).toMatchObject({ attempt: 1, cause: 'infrastructure', retries: { userError: 0 } });
      expect(failed.timeline.at(-1)!.reason).toContain(imageOf());
      expect(failed.timeline.at(-1)!.reason).toContain('no such tag');
      const { items } = await cluster.core.listNamespacedPod({ namespace: cluster.namespace });
      expect(items).toEqual([]);
    });
  });

  it('a job runs by its tag when the registry is down, and its timeline says so', async () => {
    await registry.stop();
    await training.withWorkers(async () => {
      const jobId = await desk.submit({ steps: 5 });
      const done = await desk.reaches(jobId, 'completed');

      const begun = done.timeline.find(({ state }) => state === 'starting')!;
      expect(begun.facts).toEqual({ image: imageOf(), digest: null });
      expect(begun.reason).toContain('cannot be reached');
    });
  });
});

/** Runs as Workflows: looked after by the stand-in for Argo's controller, or by the real one that ARGO_CONTROLLER names. */
import { describe, expect, it } from '@jest/globals';
import { WORKFLOWS } from '../../platform/executors/workflow-object.ts';
import { WORKFLOW_DEFAULTS } from '../support/argo-values.ts';
import { useClusterRuns } from '../support/cluster-runs.ts';
import { describeLifecycle } from '../support/executor-lifecycle.ts';
import { render, serverApply } from '../support/manifests.ts';
import { MEGABYTE } from '../support/runs.ts';

const runs = useClusterRuns('argo');

describeLifecycle('as a Workflow of a cluster', runs, runs.leftOf);

describe('the Workflow of a run', () => {
  const specOf = (changes: object = {}) =>
    WORKFLOWS.manifest(runs.launchOf('shape', ['/bin/true']), runs.at('runs'), {
      ...runs.template(),
      ...changes,
    }).spec;

  it('leaves the walltime and its removal to Tain, and is tried once, by itself and by the defaults of the installation', () => {
    expect(Object.keys({ ...WORKFLOW_DEFAULTS, ...specOf() })).not.toEqual(
      expect.arrayContaining([
        expect.stringMatching(/activeDeadlineSeconds|retryStrategy|ttlStrategy|podGC/),
      ]),
    );
    expect(JSON.parse(specOf().podSpecPatch!)).toEqual({
      ...{ terminationGracePeriodSeconds: 30, enableServiceLinks: false },
    });
  });

  it('gives a token to Argo’s containers alone, when there is an account for them', () => {
    expect(specOf()).not.toHaveProperty('automountServiceAccountToken');
    expect(specOf({ executorServiceAccount: 'argo-executor' })).toMatchObject({
      ...{ automountServiceAccountToken: false, executor: { serviceAccountName: 'argo-executor' } },
    });
  });

  it('asks with Argo’s container for what its job asked for, and for something where that is less', () => {
    const askedBy = (limits: object, changes: object = {}) =>
      WORKFLOWS.manifest(
        runs.launchOf('shape', ['/bin/true'], { limits, devices: ['GPU-0'] }),
        runs.at('runs'),
        {
          ...runs.template(),
          ...changes,
        },
      ).spec.templates[0]!.container.resources;
    const [card, memoryBytes] = [{ 'nvidia.com/gpu': '1' }, 1024 * MEGABYTE];

    expect(askedBy({ cpuMillis: 4000, memoryBytes })).toEqual({
      limits: { cpu: '4000m', memory: `${memoryBytes}`, ...card },
      requests: { cpu: '3900m', memory: `${896 * MEGABYTE}`, ...card },
    });
    expect(askedBy({ cpuMillis: 50, memoryBytes: MEGABYTE })).toEqual({
      limits: { cpu: '50m', memory: `${MEGABYTE}`, ...card },
      requests: { cpu: '1m', memory: '1', ...card },
    });
    const executorRequests = { cpuMillis: 0, memoryBytes: 0 };
    expect(askedBy({ cpuMillis: 50, memoryBytes }, { executorRequests })!.requests).toEqual({
      ...{ cpu: '50m', memory: `${memoryBytes}`, ...card },
    });
  });

  it('has room on a node that has just what its job asks for', async () => {
    const name = runs.nodeName();
    const { status } = await runs.cluster.core.readNode({ name });
    const memoryBytes = 512 * 1024 * MEGABYTE;
    expect(status?.allocatable).toMatchObject({ cpu: '64', memory: '512Gi' });
    const launch = runs.script('all', 'exit 0', { node: name, limits: { cpuMillis: 64_000, memoryBytes } });
    await runs.executor().start(launch);

    expect(await runs.end('all')).toMatchObject({ cause: 'finished' });
  });

  it('has a pod that the LimitRange of training takes, as the component of Argo leaves it', async () => {
    const range = render('tests/cluster/overlays/argo').find(
      ({ kind, metadata }) => kind === 'LimitRange' && metadata.namespace === 'tain-training',
    )!;
    const { kubeConfig, namespace } = runs.cluster;
    const own = { ...range, metadata: { ...range.metadata, namespace } };
    expect(await serverApply(kubeConfig, own)).toMatchObject({ message: '' });
    await runs.executor().start(runs.script('ranged', 'exit 0'));

    expect(await runs.end('ranged')).toMatchObject({ cause: 'finished' });
  });

  it('is refused a path in which Argo would put in a value, before anything is made of it', async () => {
    const launch = { ...runs.launchOf('odd-path', ['/bin/true']), workDir: runs.work('{{workflow.name}}') };

    await expect(runs.executor().start(launch)).rejects.toMatchObject({
      code: 'job.cluster-refused',
      params: { reason: expect.stringContaining('"{{"') },
    });
  });
});

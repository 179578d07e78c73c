/** Runs as Workflows: looked after by the stand-in for Argo's controller, or by the real one that ARGO_CONTROLLER names. */
import { describe, expect, it } from '@jest/globals';
import { WORKFLOWS } from '../../platform/executors/workflow-object.ts';
import { useClusterRuns } from '../support/cluster-runs.ts';
import { describeLifecycle } from '../support/executor-lifecycle.ts';

const runs = useClusterRuns('argo');

describeLifecycle('as a Workflow of a cluster', runs, runs.leftOf);

describe('the Workflow of a run', () => {
  const specOf = (changes: object = {}) =>
    WORKFLOWS.manifest(runs.launchOf('shape', ['/bin/true']), runs.at('runs'), {
      ...runs.template(),
      ...changes,
    }).spec;

  it('leaves the walltime to Tain, and is tried once', () => {
    expect(Object.keys(specOf())).not.toEqual(
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

  it('is refused a path in which Argo would put in a value, before anything is made of it', async () => {
    const launch = { ...runs.launchOf('odd-path', ['/bin/true']), workDir: runs.work('{{workflow.name}}') };

    await expect(runs.executor().start(launch)).rejects.toMatchObject({
      code: 'job.cluster-refused',
      params: { reason: expect.stringContaining('"{{"') },
    });
  });
});

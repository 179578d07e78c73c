import { describe, expect, it } from '@jest/globals';
import { JOBS } from '../../platform/executors/job-object.ts';
import { addNamespace, uniqueName } from '../support/cluster.ts';
import { useClusterRuns } from '../support/cluster-runs.ts';
import { describeLifecycle } from '../support/executor-lifecycle.ts';

const { cluster, ...runs } = useClusterRuns('kubernetes-job');

describeLifecycle('as a Job of a cluster', runs, runs.leftOf);

describe('the Job of a run', () => {
  it('has a pod that a namespace with the standard "restricted" takes', async () => {
    const namespace = uniqueName('test-restricted');
    await addNamespace(cluster, namespace, { 'pod-security.kubernetes.io/enforce': 'restricted' });
    const volumes = runs.template().volumes.map((volume) => ({ ...volume, source: { claim: 'training' } }));
    const launch = runs.launchOf('restricted', ['/bin/true']);
    const { spec } = JOBS.manifest(launch, runs.at('runs'), { ...runs.template(), namespace, volumes });
    const body = { metadata: { name: 'restricted' }, spec: spec!.template.spec! };
    const made = await cluster.core.createNamespacedPod({ namespace, body, dryRun: 'All' });

    expect(made.status?.qosClass).toBe('Guaranteed');
  });
});

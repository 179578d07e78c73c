/** Objects of runs as tests meddle with them, a Job or a Workflow. */
import { CustomObjectsApi } from '@kubernetes/client-node';
import { JOBS } from '../../platform/executors/job-object.ts';
import { objectNameOf } from '../../platform/executors/run-manifest.ts';
import { WORKFLOWS } from '../../platform/executors/workflow-object.ts';
import { ARGO } from './argo-objects.ts';
import type { useClusterRuns, ClusterExecutor } from './cluster-runs.ts';

/** @param runs of the executor */
export function runObjects(
  executor: ClusterExecutor,
  { cluster, ...runs }: ReturnType<typeof useClusterRuns>,
) {
  const custom = () => cluster.kubeConfig.makeApiClient(CustomObjectsApi);
  const place = () => ({ ...ARGO, namespace: cluster.namespace });
  const nameOf = (run: string): string => objectNameOf(run, runs.at('runs'));
  return {
    nameOf,
    /** Makes the object that a run would have, of somebody else. */
    async take(run: string): Promise<void> {
      const { namespace } = cluster;
      const labels = { 'tain.dev/instance': 'somebody-else' };
      const metadata = { name: nameOf(run), labels };
      const launch = runs.script(run, 'exit 0');
      if (executor === 'argo') {
        const { spec, ...rest } = WORKFLOWS.manifest(launch, runs.at('runs'), runs.template());
        const body = { ...rest, metadata, spec: { ...spec, podMetadata: {} } };
        await custom().createNamespacedCustomObject({ ...place(), body });
        return;
      }
      const { spec } = JOBS.manifest(launch, runs.at('runs'), runs.template());
      const template = { metadata: { labels }, spec: spec!.template.spec! };
      await cluster.batch.createNamespacedJob({ namespace, body: { metadata, spec: { ...spec, template } } });
    },
    /** As JSON. */
    async read(
      run: string,
    ): Promise<{ metadata: { annotations?: object; deletionTimestamp?: unknown }; spec: object }> {
      const { namespace, batch } = cluster;
      const found: unknown =
        executor === 'argo'
          ? await custom().getNamespacedCustomObject({ ...place(), name: nameOf(run) })
          : await batch.readNamespacedJob({ namespace, name: nameOf(run) });
      return JSON.parse(JSON.stringify(found)) as Awaited<ReturnType<typeof this.read>>;
    },
    async remove(run: string): Promise<void> {
      const { namespace, batch } = cluster;
      const options = { name: nameOf(run), propagationPolicy: 'Background' } as const;
      if (executor === 'argo') await custom().deleteNamespacedCustomObject({ ...place(), ...options });
      else await batch.deleteNamespacedJob({ namespace, ...options });
    },
    /** How many there are in the namespace of the test. */
    async count(): Promise<number> {
      const { namespace, batch } = cluster;
      if (executor === 'kubernetes-job') return (await batch.listNamespacedJob({ namespace })).items.length;
      return ((await custom().listNamespacedCustomObject(place())) as { items: object[] }).items.length;
    },
    /** The pod of a run. */
    async podOf(run: string) {
      const labelSelector = `tain.dev/run=${nameOf(run)}`;
      const { items } = await cluster.core.listNamespacedPod({ namespace: cluster.namespace, labelSelector });
      return items[0];
    },
  };
}

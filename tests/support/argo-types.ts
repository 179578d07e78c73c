/** The types of Argo Workflows in the test cluster, as Argo's minimal definitions make them: nothing in them is checked. */
import { ApiException, ApiextensionsV1Api, CustomObjectsApi, type KubeConfig } from '@kubernetes/client-node';
import { ARGO } from './argo-objects.ts';
import { until } from './until.ts';

/** All that Argo's own controller wants to be there. */
export const ARGO_KINDS = [
  'Workflow',
  'WorkflowTemplate',
  'ClusterWorkflowTemplate',
  'CronWorkflow',
  'WorkflowTaskSet',
  'WorkflowTaskResult',
  'WorkflowArtifactGCTask',
  'WorkflowEventBinding',
] as const;

/** Makes types known to a cluster, and waits until it knows them. Safe to repeat. */
export async function installArgoTypes(
  kubeConfig: KubeConfig,
  kinds: readonly (typeof ARGO_KINDS)[number][],
): Promise<void> {
  const { group, version } = ARGO;
  // The client spells them so; written with "-" it would drop them, and the server all of the content.
  const anything = { type: 'object', x_kubernetes_preserve_unknown_fields: true };
  const definitions = kubeConfig.makeApiClient(ApiextensionsV1Api);
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  for (const kind of kinds) {
    const singular = kind.toLowerCase();
    const plural = `${singular}s`;
    const schema = {
      openAPIV3Schema: { ...anything, properties: { metadata: { type: 'object' } } },
    };
    await definitions
      .createCustomResourceDefinition({
        body: {
          metadata: { name: `${plural}.${group}` },
          spec: {
            group,
            names: { plural, singular, kind, listKind: `${kind}List` },
            scope: kind.startsWith('Cluster') ? 'Cluster' : 'Namespaced',
            versions: [{ name: version, served: true, storage: true, schema }],
          },
        },
      })
      .catch((error: unknown) => {
        if (!(error instanceof ApiException && error.code === 409)) throw error;
      });
    await until(() => custom.listClusterCustomObject({ group, version, plural }));
  }
}

/** Kinds of the Prometheus operator, as narrow as what infra/kubernetes asks of them: the operator itself is not run. */
import { ApiextensionsV1Api, type KubeConfig, type V1JSONSchemaProps } from '@kubernetes/client-node';
import { until } from './until.ts';

const GROUP = 'monitoring.coreos.com';
const text: V1JSONSchemaProps = { type: 'string' };
const texts: V1JSONSchemaProps = { type: 'object', additionalProperties: text };
const listOf = (items: V1JSONSchemaProps): V1JSONSchemaProps => ({ type: 'array', items });
const object = (
  properties: Record<string, V1JSONSchemaProps>,
  required: string[] = [],
): V1JSONSchemaProps => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
});

const rule = object({ alert: text, expr: text, for: text, labels: texts, annotations: texts }, ['expr']);
const group = object({ name: text, interval: text, rules: listOf(rule) }, ['name']);
const endpoint = object({ port: text, path: text, interval: text, scrapeTimeout: text });

const KINDS = [
  { kind: 'PrometheusRule', plural: 'prometheusrules', spec: object({ groups: listOf(group) }) },
  {
    kind: 'ServiceMonitor',
    plural: 'servicemonitors',
    spec: object({ selector: object({ matchLabels: texts }), endpoints: listOf(endpoint), jobLabel: text }, [
      'selector',
      'endpoints',
    ]),
  },
];

/** Makes the kinds known to the API server. Safe to repeat. */
export async function installMonitoring(kubeConfig: KubeConfig): Promise<void> {
  const extensions = kubeConfig.makeApiClient(ApiextensionsV1Api);
  for (const { kind, plural, spec } of KINDS) {
    const name = `${plural}.${GROUP}`;
    const schema = { openAPIV3Schema: object({ spec }) };
    await extensions
      .createCustomResourceDefinition({
        body: {
          metadata: { name },
          spec: {
            group: GROUP,
            names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
            scope: 'Namespaced',
            versions: [{ name: 'v1', served: true, storage: true, schema }],
          },
        },
      })
      .catch(async (error: unknown) => {
        if ((error as { code?: number }).code !== 409) throw error;
      });
    await until(async () => {
      const { status } = await extensions.readCustomResourceDefinition({ name });
      if (!status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True'))
        throw new Error(`${kind} is not known yet`);
    });
  }
}

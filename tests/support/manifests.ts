/** The objects of infra/kubernetes, as kustomize makes them, and how they are given to the API server. */
import { execFileSync } from 'node:child_process';
import https from 'node:https';
import path from 'node:path';
import {
  KubernetesObjectApi,
  loadYaml,
  type KubeConfig,
  type KubernetesObject,
  type V1PodSpec,
} from '@kubernetes/client-node';
import { ROOT_DIR } from '../../platform/config.ts';
import type { TestCluster } from './cluster.ts';
import { provided } from './engines.ts';
import { until } from './until.ts';

export const OVERLAYS = ['onprem', 'ncp', 'single-node'] as const;

/** What the tests look at of specifications; each kind has its own part of it. */
type Specification = {
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: V1PodSpec;
  };
  readonly replicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly scaleTargetRef: { readonly name: string };
  readonly metrics: readonly { readonly external: { readonly metric: { readonly name: string } } }[];
  readonly hard: Readonly<Record<string, string>>;
  readonly scopeSelector: { readonly matchExpressions: readonly { readonly values: readonly string[] }[] };
  readonly storageClassName: string;
  readonly accessModes: readonly string[];
  readonly claimRef: { readonly name: string; readonly namespace: string };
  readonly nfs?: object;
  readonly hostPath?: object;
  readonly podSelector: object;
  readonly ingress?: readonly object[];
  readonly egress?: readonly object[];
};

export type Manifest = KubernetesObject & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Specification;
  readonly data?: Readonly<Record<string, string>>;
};

const rendered = new Map<string, readonly Manifest[]>();

/**
 * The objects of an overlay, or of another folder of the checkout with a kustomization.
 * @throws Error with what kustomize says
 */
export function render(folder: string): readonly Manifest[] {
  const where = folder.includes('/') ? folder : `infra/kubernetes/overlays/${folder}`;
  let objects = rendered.get(where);
  if (!objects) {
    const args = ['build', path.join(ROOT_DIR, where)];
    const text = execFileSync(provided('TAIN_TEST_KUSTOMIZE'), args, { encoding: 'utf8' });
    objects = text.split(/^---$/m).map(readManifest);
    rendered.set(where, objects);
  }
  return structuredClone(objects);
}

/** As it is written: objects that the client knows it would give back with other names (`_default`) and Dates. */
const readManifest = (text: string): Manifest =>
  loadYaml<{ kept: Manifest }>(`kept:\n${text.replaceAll(/^/gm, '  ')}`).kept;

/** What tells one object from another, for people. */
export const nameOf = ({ kind, metadata }: Manifest): string =>
  `${kind} ${[metadata.namespace, metadata.name].filter(Boolean).join('/')}`;

/** The pods that an object makes; null: it makes none. */
export const podSpecOf = ({ kind, spec }: Manifest): V1PodSpec | null =>
  ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(kind) ? spec.template.spec : null;

/**
 * Gives all objects to the server, namespaces first and for good, as nothing is taken for them before they are there.
 * @returns what is refused, and why
 */
export async function applyAll(
  { kubeConfig, core }: Pick<TestCluster, 'kubeConfig' | 'core'>,
  objects: readonly Manifest[],
  options: { readonly isDryRun?: boolean } = {},
): Promise<string[]> {
  const problems: string[] = [];
  const apply = async (object: Manifest, isDryRun = false): Promise<void> => {
    const { code, message } = await serverApply(kubeConfig, object, { isDryRun });
    if (code >= 300) problems.push(`${nameOf(object)}: ${code} ${message}`);
  };
  const isNamespace = ({ kind }: Manifest): boolean => kind === 'Namespace';
  for (const namespace of objects.filter(isNamespace)) {
    await apply(namespace);
    const { name } = namespace.metadata;
    await until(() => core.readNamespacedServiceAccount({ namespace: name, name: 'default' }));
  }
  for (const object of objects.filter((one) => !isNamespace(one))) await apply(object, options.isDryRun);
  return problems;
}

type Answer = { readonly code: number; readonly message: string };

/**
 * Applies an object on the side of the server, as `kubectl apply --server-side` does: what the server does not know of is
 * refused, not left out.
 */
export async function serverApply(
  kubeConfig: KubeConfig,
  object: Manifest,
  { isDryRun = false }: { readonly isDryRun?: boolean } = {},
): Promise<Answer> {
  const query = new URLSearchParams({ fieldManager: 'tain-test', fieldValidation: 'Strict', force: 'true' });
  if (isDryRun) query.set('dryRun', 'All');
  const { apiVersion, kind, metadata } = object;
  const api = KubernetesObjectApi.makeApiClient(kubeConfig);
  const resource = await (
    api as unknown as {
      resource(version: string, kind: string): Promise<{ name: string; namespaced: boolean } | undefined>;
    }
  ).resource(apiVersion, kind);
  if (!resource) return { code: 404, message: `the server has no ${kind} in ${apiVersion}` };
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
  const url = new URL(
    `${kubeConfig.getCurrentCluster()!.server}${group}${namespace}/${resource.name}/${metadata.name}?${query.toString()}`,
  );
  return patch(kubeConfig, url, JSON.stringify(object));
}

async function patch(kubeConfig: KubeConfig, url: URL, body: string): Promise<Answer> {
  const options: https.RequestOptions = {
    method: 'PATCH',
    headers: { 'content-type': 'application/apply-patch+yaml', 'content-length': Buffer.byteLength(body) },
  };
  await kubeConfig.applyToHTTPSOptions(options);
  return new Promise((resolve, reject) => {
    const asked = https.request(url, options, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => (text += data.toString()));
      response.on('end', () => {
        const code = response.statusCode ?? 0;
        const { message = '' } = JSON.parse(text) as { message?: string };
        resolve({ code, message: code < 300 ? '' : message });
      });
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

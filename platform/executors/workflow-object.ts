/**
 * A run as a Workflow of Argo (argoproj.io/v1alpha1): one template of one container, no retries, no exit handler, no outputs.
 * Its controller writes its status up to ten seconds late and never tells of preemption: pods are looked at first.
 */
import {
  CustomObjectsApi,
  type V1Container,
  type V1ObjectMeta,
  type V1PodSpec,
  type V1ResourceRequirements,
} from '@kubernetes/client-node';
import type { JobLimits } from './executor.ts';
import { runManifest, withoutVariables, type ExecutorRequests, type Quoting } from './run-manifest.ts';
import type { ObjectEnd, RunObjectKind } from './run-object.ts';

type Shared = Pick<
  V1PodSpec,
  | 'nodeSelector'
  | 'tolerations'
  | 'affinity'
  | 'serviceAccountName'
  | 'imagePullSecrets'
  | 'securityContext'
  | 'volumes'
>;

type NodeStatus = {
  readonly phase?: string;
  readonly message?: string;
  readonly startedAt?: string;
  readonly outputs?: { readonly exitCode?: string };
};

/** As JSON has it: instants are text. */
export type Workflow = {
  readonly apiVersion: 'argoproj.io/v1alpha1';
  readonly kind: 'Workflow';
  readonly metadata: Pick<
    V1ObjectMeta,
    'name' | 'namespace' | 'uid' | 'labels' | 'annotations' | 'resourceVersion'
  >;
  readonly spec: Shared & {
    readonly entrypoint: string;
    readonly templates: readonly { readonly name: string; readonly container: V1Container }[];
    readonly suspend?: boolean;
    readonly shutdown?: string;
    readonly archiveLogs?: boolean;
    readonly podMetadata?: Pick<V1ObjectMeta, 'labels' | 'annotations'>;
    readonly podPriorityClassName?: string;
    /** JSON: fields of a pod that a Workflow has none for. */
    readonly podSpecPatch?: string;
    readonly automountServiceAccountToken?: boolean;
    readonly executor?: { readonly serviceAccountName: string };
  };
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly startedAt?: string;
    readonly nodes?: Readonly<Record<string, NodeStatus>>;
  };
};

const PLACE = { group: 'argoproj.io', version: 'v1alpha1', plural: 'workflows' } as const;
const ENTRY = 'train';

/** Argo puts values in for "{{name}}" wherever text is: what comes from people has no two braces in a row, until its kubelet. */
const BRACE = 'TAIN_BRACE';
const QUOTING: Quoting = {
  text: (text) => withoutVariables(text).replaceAll(/\{(?=\{)/g, `$(${BRACE})`),
  variables: { [BRACE]: '{' },
  notInPaths: '{{',
};

/** What Argo's container beside a program asks for, by its installation (infra/argo/values.yaml). */
export const EXECUTOR_REQUESTS: ExecutorRequests = { cpuMillis: 100, memoryBytes: 128 * 1024 ** 2 };

/** The pod as a whole asks for what was planned: the program for what Argo's container leaves of that, but for something. */
const besideArgo = (
  { limits }: V1ResourceRequirements,
  { cpuMillis, memoryBytes }: JobLimits,
  argo: ExecutorRequests,
): V1ResourceRequirements => ({
  limits: { ...limits },
  requests: {
    ...limits,
    cpu: `${Math.max(1, cpuMillis - argo.cpuMillis)}m`,
    memory: `${Math.max(1, memoryBytes - argo.memoryBytes)}`,
  },
});

export const WORKFLOWS: RunObjectKind<Workflow> = {
  ...{ executor: 'argo', claim: 'workflow', kind: 'Workflow' },
  manifest(launch, directory, template) {
    const run = runManifest(launch, directory, template, QUOTING);
    const { name, labels, annotations, volumes, securityContext, affinity, container } = run;
    const { priorityClass, serviceAccount, executorServiceAccount } = template;
    const { executorRequests = EXECUTOR_REQUESTS } = template;
    const resources = besideArgo(container.resources, launch.limits, executorRequests);
    const rest = { terminationGracePeriodSeconds: template.graceSeconds, enableServiceLinks: false };
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: { ...{ name, namespace: template.namespace, annotations }, labels: { ...labels } },
      spec: {
        ...{ suspend: true, entrypoint: ENTRY, archiveLogs: false, securityContext, volumes },
        templates: [{ name: ENTRY, container: { ...container, resources } }],
        podMetadata: { labels: { ...labels }, annotations: { ...template.annotations } },
        podSpecPatch: JSON.stringify(rest),
        nodeSelector: { ...template.nodeSelector },
        tolerations: [...template.tolerations],
        ...(affinity !== undefined && { affinity }),
        imagePullSecrets: template.imagePullSecrets.map((secret) => ({ name: secret })),
        ...(priorityClass !== undefined && { podPriorityClassName: priorityClass }),
        ...(serviceAccount !== undefined && { serviceAccountName: serviceAccount }),
        // Argo's containers need a token, the program none.
        ...(executorServiceAccount !== undefined && {
          automountServiceAccountToken: false,
          executor: { serviceAccountName: executorServiceAccount },
        }),
      },
    };
  },
  connect(kubeConfig, namespace) {
    const custom = kubeConfig.makeApiClient(CustomObjectsApi);
    const place = { ...PLACE, namespace };
    const asWorkflow = (answer: Promise<unknown>) => answer as Promise<Workflow>;
    return {
      create: (body, options) => asWorkflow(custom.createNamespacedCustomObject({ ...place, body }, options)),
      read: (name, options) => asWorkflow(custom.getNamespacedCustomObject({ ...place, name }, options)),
      patch: (name, body, options) => custom.patchNamespacedCustomObject({ ...place, name, body }, options),
      remove: (name, body, options) => custom.deleteNamespacedCustomObject({ ...place, name, body }, options),
    };
  },
  resumed: { suspend: null },
  stopped: { shutdown: 'Terminate' },
  signals: true,
  read: (workflow) => {
    const end = endOf(workflow);
    return { isSuspended: workflow.spec.suspend === true, isOver: end !== null, end };
  },
  explain: async ({ status }) => {
    if (status?.phase === undefined) return '';
    return nodeOf(status)?.message ?? status.message ?? null;
  },
};

const nodeOf = (status: Workflow['status']): NodeStatus | undefined => Object.values(status?.nodes ?? {})[0];

/** By SIGKILL and SIGTERM: pods that nobody has deleted are there to say why. */
const SIGNALLED = [137, 143];

/** Phases: Succeeded, Failed (its program, or who stopped it), Error (it could not be made or was removed). */
function endOf({ status }: Workflow): ObjectEnd | null {
  const phase = status?.phase;
  if (phase !== 'Succeeded' && phase !== 'Failed' && phase !== 'Error') return null;
  const node = nodeOf(status);
  const exitCode = node?.outputs?.exitCode;
  const detail = status?.message ?? '';
  if (exitCode === undefined) {
    // Without a pod, or with one that was deleted before anybody saw it end.
    const isMade = node !== undefined && detail === 'pod deleted';
    return { cause: isMade ? 'killed' : 'not-started', code: null, detail, startedAt: null };
  }
  const code = Number(exitCode);
  const failed = detail.includes('OOMKilled') ? 'memory' : SIGNALLED.includes(code) ? 'killed' : 'failed';
  return {
    cause: phase === 'Succeeded' ? 'finished' : failed,
    code,
    detail,
    startedAt: node?.startedAt ?? null,
  };
}

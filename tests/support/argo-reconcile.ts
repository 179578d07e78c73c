/**
 * What Argo's controller makes of a workflow and its pod, measured against version 4.1: a pure function from what is
 * there to what is to be done. Part of the stand-in (argo-stand-in.ts); it knows workflows of one container alone.
 */
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import {
  EMISSARY,
  MARKS,
  type ArgoNode,
  type ArgoPhase,
  type ArgoStatus,
  type ArgoWorkflow,
} from './argo-objects.ts';
import { EXECUTOR_RESOURCES } from './argo-values.ts';

/** What the API server said when the pod was to be made, if it refused. */
export type Refusal = { readonly message: string; readonly isQuota: boolean };

export type Reconciled = {
  /** Replaces the status; none: it stays. */
  readonly status?: ArgoStatus;
  readonly pod?: 'create' | 'delete' | 'release';
};

/** A pod that vanishes sooner after its node began is made once more, silently. */
const RECENTLY_STARTED_MS = 10_000;

const DONE: readonly ArgoPhase[] = ['Succeeded', 'Failed', 'Error'];

export const isDone = ({ status }: ArgoWorkflow): boolean =>
  status?.phase !== undefined && DONE.includes(status.phase);

/** One look. `refusal` is the answer to the pod that an earlier look asked for. */
export function reconcile(
  workflow: ArgoWorkflow,
  pod: V1Pod | null,
  refusal: Refusal | null,
  now: Date,
): Reconciled {
  const { metadata, spec, status = {} } = workflow;
  if (isDone(workflow)) return {};
  const at = toSeconds(now);
  const template = spec.templates.find(({ name }) => name === spec.entrypoint);
  if (!template) {
    const message = `invalid spec: template name '${spec.entrypoint}' undefined`;
    return { status: { ...status, ...over('Failed', message, at), startedAt: at } };
  }
  const unknown = tagsOf(template).find((tag) => tag !== WORKFLOW_NAME);
  if (unknown !== undefined) {
    const message = `invalid spec: templates.${template.name}: failed to resolve {{${unknown}}}`;
    return { status: { ...status, ...over('Failed', message, at), startedAt: at } };
  }
  if (status.phase === undefined)
    return { status: { ...status, phase: 'Running', startedAt: at, progress: '0/1' } };
  if (spec.suspend && !status.nodes) return {};

  const id = metadata.name!;
  const node: ArgoNode = status.nodes?.[id] ?? {
    id,
    name: id,
    displayName: id,
    type: 'Pod',
    templateName: template.name,
    templateScope: `local/${id}`,
    phase: 'Pending',
    startedAt: at,
    ...(template.inputs && { inputs: template.inputs }),
    taskResultSynced: true,
  };
  const ended = (phase: ArgoPhase, message: string | undefined, podTo?: Reconciled['pod']): Reconciled =>
    finish(status, { ...node, phase, finishedAt: at, ...(message && { message }) }, pod, at, podTo);

  if (spec.shutdown) {
    // Two spaces, as Argo has them. The pod is signalled when the workflow is long over.
    const stopped = ended(
      'Failed',
      `workflow shutdown with strategy:  ${spec.shutdown}`,
      pod?.status?.phase === 'Pending' ? 'delete' : 'release',
    );
    const message = `Stopped with strategy '${spec.shutdown}'`;
    return { ...stopped, status: { ...stopped.status, message } };
  }
  if (!pod && refusal && !refusal.isQuota)
    return ended('Error', `error in entry template execution: ${refusal.message}`);
  if (!pod && status.nodes && !refusal) {
    const age = now.getTime() - Date.parse(node.startedAt);
    if (age > RECENTLY_STARTED_MS) return ended('Error', 'pod deleted');
  }
  const isPending = !pod || pod.status?.phase === 'Pending';
  if (isPending && isPast(workflow, template.activeDeadlineSeconds, now))
    return ended('Failed', 'Step exceeded its deadline', 'delete');
  if (!pod) {
    const waiting = { ...node, phase: 'Pending' as const, ...(refusal && { message: refusal.message }) };
    return { status: withNode(status, waiting), pod: 'create' };
  }
  return ofPod(status, node, pod, at);
}

function ofPod(status: ArgoStatus, node: ArgoNode, pod: V1Pod, at: string): Reconciled {
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') {
    const ended = {
      ...said(node, phase === 'Failed' ? whyFailed(pod) : undefined),
      ...endOf(pod, at),
      phase,
    } as const;
    return finish(status, ended, pod, at, 'release');
  }
  const hostNodeName = pod.spec?.nodeName;
  return {
    status: withNode(
      status,
      phase === 'Running'
        ? { ...said(node, undefined), phase, ...(hostNodeName && { hostNodeName }) }
        : { ...said(node, whyPending(pod)), phase: 'Pending' },
    ),
  };
}

/** With this message instead of an earlier one. */
function said(node: ArgoNode, message: string | undefined): ArgoNode {
  const next: { message?: string } & ArgoNode = { ...node };
  delete next.message;
  return { ...next, ...(message && { message }) };
}

/** The workflow is over with its only node. */
function finish(
  status: ArgoStatus,
  node: ArgoNode,
  pod: V1Pod | null,
  at: string,
  podTo?: Reconciled['pod'],
): Reconciled {
  const ended = withNode(status, node);
  const { resourcesDuration } = node;
  return {
    status: {
      ...ended,
      ...over(node.phase, node.message, at),
      progress: node.phase === 'Succeeded' ? '1/1' : '0/1',
      ...(resourcesDuration && { resourcesDuration }),
    },
    ...(pod && podTo && { pod: podTo }),
  };
}

const over = (phase: ArgoPhase, message: string | undefined, at: string): ArgoStatus => ({
  phase,
  finishedAt: at,
  ...(message && { message }),
  conditions: [
    { type: 'PodRunning', status: 'False' },
    { type: 'Completed', status: 'True' },
  ],
});

const withNode = (status: ArgoStatus, node: ArgoNode): ArgoStatus => ({
  ...status,
  nodes: { ...status.nodes, [node.id]: node },
});

const isPast = ({ spec, status }: ArgoWorkflow, ofTemplate: number | undefined, now: Date): boolean => {
  const seconds = Math.min(spec.activeDeadlineSeconds ?? Infinity, ofTemplate ?? Infinity);
  return now.getTime() > Date.parse(status?.startedAt ?? '') + seconds * 1000;
};

function endOf(pod: V1Pod, at: string): Pick<ArgoNode, 'finishedAt' | 'outputs' | 'resourcesDuration'> {
  const all = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const last = Math.max(...all.map(({ state }) => state?.terminated?.finishedAt?.getTime() ?? 0));
  const main = all.find(({ name }) => name === 'main')?.state?.terminated;
  const outputs = main && { outputs: { exitCode: String(main.exitCode) } };
  return {
    finishedAt: last > 0 ? toSeconds(new Date(last)) : at,
    ...outputs,
    resourcesDuration: durationOf(pod, last),
  };
}

/** Seconds times what was asked for, in Argo's units: one CPU, 100Mi of memory, one of anything else. */
function durationOf(pod: V1Pod, endedMs: number): Record<string, number> {
  const seconds = Math.max((endedMs - (pod.status?.startTime?.getTime() ?? endedMs)) / 1000, 0);
  const sums: Record<string, number> = {};
  for (const { resources } of pod.spec?.containers ?? [])
    for (const [name, quantity] of Object.entries({ ...resources?.limits, ...resources?.requests })) {
      const unit = name === 'memory' ? 100 * 1024 ** 2 : 1;
      sums[name] = (sums[name] ?? 0) + (toNumber(quantity) / unit) * seconds;
    }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, Math.round(sum)]));
}

const SUFFIXES: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
};

/** A quantity as the API server writes it, without exponents: "500m", "2", "1Gi". */
function toNumber(quantity: string): number {
  const [, number = '', suffix = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(quantity) ?? [];
  return Number(number) * (suffix === '' ? 1 : SUFFIXES[suffix]!);
}

/** Whatever the pod says, or else the first container that failed. Preemption is never said. */
function whyFailed({ status }: V1Pod): string | undefined {
  if (status?.message) return status.message;
  const containers = status?.containerStatuses ?? [];
  const named = (name: string): V1ContainerStatus[] => containers.filter((one) => one.name === name);
  for (const one of [...(status?.initContainerStatuses ?? []), ...named('main'), ...named('wait')]) {
    const ended = one.state?.terminated;
    if (!ended || ended.exitCode === 0) continue;
    const more = ended.message ? `: ${ended.message}` : '';
    return `${one.name}: ${ended.reason} (exit code ${ended.exitCode})${more}`;
  }
  return undefined;
}

function whyPending({ status }: V1Pod): string | undefined {
  const waiting = (status?.containerStatuses ?? []).map(({ state }) => state?.waiting).find(Boolean);
  if (waiting) return [waiting.reason, waiting.message].filter(Boolean).join(': ');
  const scheduled = status?.conditions?.find(
    ({ type, status: is }) => type === 'PodScheduled' && is === 'False',
  );
  return scheduled && `${scheduled.reason}: ${scheduled.message}`;
}

/** Kubernetes keeps instants to the second. */
const toSeconds = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, 'Z');

/** What is put in wherever a template has it. It knows this one alone. */
const WORKFLOW_NAME = 'workflow.name';
const TAG = /\{\{\s*([^{}]*?)\s*\}\}/g;

const tagsOf = (template: object): string[] =>
  [...JSON.stringify(template).matchAll(TAG)].map(([, tag]) => tag!);

const withValues = <Template extends object>(template: Template, name: string): Template =>
  JSON.parse(JSON.stringify(template).replaceAll(TAG, name)) as Template;

/** The pod of a workflow's only node, with Argo's own containers before and beside the main one. */
export function podOf(workflow: ArgoWorkflow, now: Date): V1Pod {
  const { metadata, spec, status } = workflow;
  const name = metadata.name!;
  const entry = spec.templates.find((one) => one.name === spec.entrypoint)!;
  const template = withValues(entry, name);
  const { podMetadata, podPriorityClassName, nodeSelector, tolerations, affinity, serviceAccountName } = spec;
  const { automountServiceAccountToken, imagePullSecrets, securityContext, volumes } = spec;
  const limits = [spec.activeDeadlineSeconds, template.activeDeadlineSeconds].filter(
    (one) => one !== undefined,
  );
  const passed = (now.getTime() - Date.parse(status!.startedAt!)) / 1000;
  const remaining = Math.max(Math.trunc(Math.min(...limits) - passed), 1);
  const executor = { image: 'quay.io/argoproj/argoexec:v4.1.2', resources: EXECUTOR_RESOURCES };
  return {
    metadata: {
      name,
      namespace: metadata.namespace!,
      labels: { ...podMetadata?.labels, [MARKS.workflow]: name, [MARKS.completed]: 'false' },
      annotations: { ...podMetadata?.annotations, [MARKS.nodeId]: name, [MARKS.nodeName]: name },
      finalizers: [MARKS.finalizer],
      ownerReferences: [
        {
          apiVersion: workflow.apiVersion,
          kind: workflow.kind,
          name,
          uid: metadata.uid!,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      restartPolicy: 'Never',
      initContainers: [{ name: 'init', ...executor }],
      containers: [
        { name: 'wait', ...executor },
        {
          ...template.container,
          name: 'main',
          command: [...EMISSARY, '--loglevel', 'info', '--', ...(template.container.command ?? [])],
        },
      ],
      ...(podPriorityClassName && { priorityClassName: podPriorityClassName }),
      ...(nodeSelector && { nodeSelector }),
      ...(tolerations && { tolerations }),
      ...(affinity && { affinity }),
      ...(serviceAccountName && { serviceAccountName }),
      ...(automountServiceAccountToken !== undefined && { automountServiceAccountToken }),
      ...(imagePullSecrets && { imagePullSecrets }),
      ...(securityContext && { securityContext }),
      ...(volumes && { volumes }),
      ...(JSON.parse(spec.podSpecPatch ?? '{}') as object),
      ...(limits.length > 0 && { activeDeadlineSeconds: remaining }),
    },
  };
}

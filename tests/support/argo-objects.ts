/** Workflows of Argo as the stand-in for its controller knows them: of the one template that is entered, no steps. */
import type { V1Container, V1ObjectMeta, V1PodSpec } from '@kubernetes/client-node';

export const ARGO = { group: 'argoproj.io', version: 'v1alpha1', plural: 'workflows' } as const;

/** Labels, annotations and the finalizer of Argo's controller. */
export const MARKS = {
  completed: 'workflows.argoproj.io/completed',
  phase: 'workflows.argoproj.io/phase',
  workflow: 'workflows.argoproj.io/workflow',
  nodeId: 'workflows.argoproj.io/node-id',
  nodeName: 'workflows.argoproj.io/node-name',
  finalizer: 'workflows.argoproj.io/status',
} as const;

/** What every program of a workflow is started by: the command of its container begins with this and goes on behind "--". */
export const EMISSARY = ['/var/run/argo/argoexec', 'emissary'] as const;

export type ArgoPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Error';

export type ArgoNode = {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly type: 'Pod';
  readonly templateName: string;
  readonly templateScope: string;
  readonly phase: ArgoPhase;
  readonly message?: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly hostNodeName?: string;
  readonly inputs?: object;
  readonly outputs?: { readonly exitCode: string };
  readonly resourcesDuration?: Readonly<Record<string, number>>;
  readonly taskResultSynced: true;
};

export type ArgoStatus = {
  readonly phase?: ArgoPhase;
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly progress?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: 'True' | 'False' }[];
  readonly resourcesDuration?: Readonly<Record<string, number>>;
  readonly nodes?: Readonly<Record<string, ArgoNode>>;
};

export type ArgoTemplate = {
  readonly name: string;
  readonly inputs?: object;
  readonly container: Omit<V1Container, 'name'>;
  readonly activeDeadlineSeconds?: number;
};

export type ArgoWorkflow = {
  readonly apiVersion: 'argoproj.io/v1alpha1';
  readonly kind: 'Workflow';
  /** As JSON has it: instants are text. */
  readonly metadata: Omit<V1ObjectMeta, 'creationTimestamp'>;
  readonly spec: Pick<
    V1PodSpec,
    | 'nodeSelector'
    | 'tolerations'
    | 'affinity'
    | 'serviceAccountName'
    | 'automountServiceAccountToken'
    | 'imagePullSecrets'
    | 'securityContext'
    | 'volumes'
  > & {
    readonly entrypoint: string;
    readonly templates: readonly ArgoTemplate[];
    readonly podMetadata?: Pick<V1ObjectMeta, 'labels' | 'annotations'>;
    readonly podPriorityClassName?: string;
    /** JSON that is merged into the pod's specification. */
    readonly podSpecPatch?: string;
    readonly activeDeadlineSeconds?: number;
    readonly suspend?: boolean | null;
    readonly shutdown?: 'Stop' | 'Terminate';
  };
  readonly status?: ArgoStatus;
};

/** What the object of a run is to the executor of a cluster: a Job or a Workflow, told apart here and nowhere else. */
import type {
  ConfigurationOptions,
  KubeConfig,
  V1DeleteOptions,
  V1ObjectMeta,
} from '@kubernetes/client-node';
import type { JobExit } from '../../contracts/job-run.ts';
import type { Executor, JobLaunch } from './executor.ts';
import type { RunnerClaim } from './job-files.ts';
import type { ClusterTemplate } from './run-manifest.ts';

/** How a run ended by what its object says, for one whose pod nobody has seen end. */
export type ObjectEnd = Pick<JobExit, 'cause' | 'code' | 'detail' | 'startedAt'>;

export type ObjectState = {
  /** It was made, and was never told to begin. */
  readonly isSuspended: boolean;
  /** It makes no pod any more. */
  readonly isOver: boolean;
  /** Null: it has not ended, or does not say how. */
  readonly end: ObjectEnd | null;
};

type Calls<Body> = {
  create(body: Body, options: ConfigurationOptions): Promise<Body>;
  read(name: string, options: ConfigurationOptions): Promise<Body>;
  /** A merge patch. */
  patch(name: string, body: object, options: ConfigurationOptions): Promise<unknown>;
  remove(name: string, body: V1DeleteOptions, options: ConfigurationOptions): Promise<unknown>;
};

export type RunObjectKind<Body extends { readonly metadata?: Pick<V1ObjectMeta, 'name'> }> = {
  readonly executor: Exclude<Executor['kind'], 'process'>;
  readonly claim: Exclude<RunnerClaim['kind'], 'runner' | 'nobody'>;
  readonly kind: 'Job' | 'Workflow';
  /**
   * The object of a run, suspended: it starts when it is known to be the one that counts.
   * @param directory of the executor
   * @throws TainError job.cluster-refused, job.path-invalid
   */
  manifest(launch: JobLaunch, directory: string, template: ClusterTemplate): Body;
  connect(kubeConfig: KubeConfig, namespace: string): Calls<Body>;
  /** Fields of its specification that let it make its pod, and that keep it from making any. */
  readonly resumed: object;
  readonly stopped: object;
  /** Whether its controller signals the program by itself when it is stopped. */
  readonly signals: boolean;
  read(object: Body): ObjectState;
  /** Why it has no pod, in its controller's words; null: they are not known; '': it was not looked at. */
  explain(
    object: Body,
    listEvents: (fieldSelector: string) => Promise<readonly string[]>,
  ): Promise<string | null>;
};

/**
 * What runs training programs. The `process` executor runs them on this machine; others (Kubernetes) stand behind the
 * same interface. A run is named by its job and attempt and by nothing else: every call may come from another worker
 * than the one before, after any crash.
 */
import type { JobExit, StopCause } from '../../contracts/job-run.ts';
import type { CollectedResults } from './results.ts';

export type JobLimits = {
  /** Thousandths of a processor. Where nothing else holds a run to them, they say how much room it is to be given. */
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  /** What the run may write into its working folder, and the most that one file may have. */
  readonly diskBytes: number;
  /** What is kept of each of stdout and stderr. */
  readonly outputBytes: number;
  /** Below so much free space on the disk of the working folder the run ends, in bytes. */
  readonly reserveBytes: number;
};

export type JobLaunch = {
  /** Job and attempt, a-z, 0-9 and "-": the name of the run. */
  readonly name: string;
  /** Program and arguments, as a template gives them (domain/gpu-jobs/templates.ts). No shell sees them. */
  readonly command: readonly string[];
  /** Absolute paths that were checked (job-paths.ts). */
  readonly config: string;
  readonly workDir: string;
  /** What CUDA_VISIBLE_DEVICES names: indices or UUIDs; none: the program sees no device. */
  readonly devices: readonly string[];
  /** The MIG profile of all of them, where they are instances: a cluster gives any of a profile. */
  readonly profile?: string;
  /** The node of a cluster that it was planned on; absent: wherever there is room. A machine runs all of them itself. */
  readonly node?: string;
  readonly limits: JobLimits;
  /** The step that an earlier attempt was last seen to checkpoint at; absent: none was. */
  readonly resumeFrom?: number;
  /** The image that a cluster runs it in; absent: the one of its template. */
  readonly image?: string;
};

export type Containment = 'cgroup' | 'environment';

/** What holds a run, as far as the machine has means. */
export type JobHold = {
  /** By what its processes are found: a cgroup, or a variable in their environment. */
  readonly containment: Containment;
  /** Who limits memory: the kernel, or somebody who looks and kills. */
  readonly memoryLimit: 'cgroup' | 'watched';
  /** Who limits the size of a file. */
  readonly fileLimit: 'kernel' | 'watched';
};

export type JobStatus =
  /** Nobody ever started it, or it was removed. */
  | { readonly state: 'absent' }
  /** Between start and the program's first instruction. */
  | { readonly state: 'starting' }
  | {
      readonly state: 'running' | 'frozen';
      /** ISO 8601 */
      readonly startedAt: string;
      /** Null: it runs on another machine. */
      readonly local: {
        readonly pid: number;
        readonly hold: JobHold;
        readonly processes: number;
        readonly memoryBytes: number;
        readonly cpuMs: number;
      } | null;
    }
  /** Its runner is dead and said nothing: kill it, then it is `ended`. Processes of it may still run. */
  | { readonly state: 'lost'; readonly processes: number }
  | { readonly state: 'ended'; readonly exit: JobExit };

export type StopOptions = {
  readonly cause: StopCause;
  /** In words, for the program and for the record. */
  readonly reason: string;
  /** How long it may checkpoint before SIGTERM, in ms; 0: no notice. */
  readonly noticeMs: number;
  /** From SIGTERM to SIGKILL, in ms. */
  readonly graceMs: number;
};

/** All that takes the name of a run throws job.other-executor for one that another kind of executor has started. */
export type Executor = {
  readonly kind: 'process' | 'kubernetes-job' | 'argo';
  /**
   * Starts the run unless it was started; safe to retry because the run of a name starts once, whoever calls.
   * @returns once the program runs, or has ended; absent when it was ended before anybody started it, or removed: then it
   * never starts
   * @throws TainError job.name-invalid, job.launch-differs, job.start-slow, job.disk-full; on a cluster also
   * job.cluster-unreachable, job.cluster-refused, job.pod-waits, job.no-room, job.object-taken
   */
  start(launch: JobLaunch): Promise<JobStatus>;
  /**
   * Waits until the run has ended or is lost; goes on where it was after any crash of whoever waited before.
   * @throws the signal's reason when it is aborted
   */
  attach(name: string, signal: AbortSignal): Promise<JobStatus>;
  status(name: string): Promise<JobStatus>;
  /** The end of what the program has written to its standard output, at most so many bytes; '' when there is none. */
  tail(name: string, bytes: number): Promise<string>;
  /** Tells the program to checkpoint and go on; false when there is none that can be told, or none that knows SIGUSR1. */
  checkpoint(name: string, reason: string): Promise<boolean>;
  /** Takes all of its processes off the processors; safe to repeat. False when it does not run, or nobody here can. */
  freeze(name: string): Promise<boolean>;
  /** Undoes that; safe to repeat. */
  thaw(name: string): Promise<boolean>;
  /**
   * Has it stopped: notice, SIGTERM, SIGKILL, by its runner or its node, whatever becomes of the caller. Returns at
   * once: attach waits. A second call is for less time or another cause: the last one counts. The same again changes nothing.
   */
  stop(name: string, options: StopOptions): Promise<void>;
  /**
   * Ends all of its processes now, and comes back when none is left: then its devices are free. Safe to repeat. What was
   * killed before its start, or removed, never starts under this name, however late somebody asks for it.
   * @param cause for a run that was not asked to stop before
   * @throws TainError job.unkillable when one stays, stuck in the kernel
   */
  kill(name: string, cause: StopCause): Promise<JobStatus>;
  /**
   * Copies logs and results into a folder and proves the results by their manifest; safe to retry because it makes
   * the folder anew.
   */
  collect(name: string, directory: string): Promise<CollectedResults>;
  /**
   * Removes what the executor keeps of a run, not its working folder; safe to repeat.
   * @throws TainError job.still-running
   */
  remove(name: string): Promise<void>;
};

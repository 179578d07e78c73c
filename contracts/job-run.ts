/** What an executor says of one run (attempt) of a training program, and what the program is told. Free of zod. */

/** Why a run ended. */
export const EXIT_CAUSES = [
  /** Exit code 0, by itself. */
  'finished',
  /** Another exit code, or a signal that it sent itself. */
  'failed',
  /** Made way, with or without the exit code for it. */
  'preempted',
  'cancelled',
  'walltime',
  /** It took more memory than it asked for. */
  'memory',
  /** It wrote more than it may. */
  'disk',
  /** The disk of the machine ran full while it wrote. */
  'disk-full',
  /** The program cannot be executed. */
  'not-started',
  /** It found one of its devices in use, and ended with the exit code for that. */
  'device-taken',
  /** SIGKILL by somebody else, like the kernel's own OOM killer. */
  'killed',
  /** Its runner died and nobody saw how it ended. */
  'runner-lost',
  /** The machine is shut down. */
  'shutdown',
] as const;
export type ExitCause = (typeof EXIT_CAUSES)[number];

/** What a run is stopped for. */
export type StopCause = Extract<ExitCause, 'preempted' | 'cancelled' | 'walltime' | 'shutdown'>;

/** Who is to blame, for counting attempts apart: being preempted uses up nobody's retries. */
export type CauseClass = 'success' | 'preempted' | 'infrastructure' | 'user' | 'asked';

const CLASS_OF: Readonly<Record<ExitCause, CauseClass>> = {
  finished: 'success',
  failed: 'user',
  preempted: 'preempted',
  cancelled: 'asked',
  walltime: 'user',
  memory: 'user',
  disk: 'user',
  'disk-full': 'infrastructure',
  'not-started': 'infrastructure',
  'device-taken': 'infrastructure',
  killed: 'infrastructure',
  'runner-lost': 'infrastructure',
  shutdown: 'infrastructure',
};

/** The class of a cause. */
export const classOfCause = (cause: ExitCause): CauseClass => CLASS_OF[cause];

/** Exit code of a program that has checkpointed and makes way (sysexits EX_TEMPFAIL). */
export const PREEMPTED_EXIT_CODE = 75;

/** Exit code of a program that found one of its devices in use (sysexits EX_UNAVAILABLE). */
export const DEVICE_TAKEN_EXIT_CODE = 69;

/** Variables that every program is started with. */
export const PROGRAM_VARIABLES = {
  job: 'TAIN_JOB_ID',
  /** Marks its processes: no other run of this machine has the same, of whatever instance of Tain. */
  run: 'TAIN_RUN',
  devices: 'CUDA_VISIBLE_DEVICES',
  config: 'CONFIG_FILE',
  workDir: 'WORK_DIR',
  /** Where the notice lies when SIGUSR1 comes. */
  notice: 'TAIN_NOTICE_FILE',
  /** The step of the last checkpoint that was seen of an earlier attempt; not set where there is none. */
  resumeFrom: 'RESUME_FROM',
} as const;

/** Folder in WORK_DIR whose content is kept, and the list of it that the program writes. */
export const RESULTS_FOLDER = 'results';
export const RESULTS_MANIFEST = 'manifest.json';

/** What SIGUSR1 means, as the notice file says it. */
export type CheckpointNotice = {
  /** In words: "a swap feed lags". */
  readonly reason: string;
  /** Until SIGTERM comes, in seconds; null when the program goes on. */
  readonly secondsLeft: number | null;
  readonly then: 'exit' | 'continue';
};

/** How much output of a stream there was, in bytes, and how much of it is not kept. */
export type OutputCount = { readonly bytes: number; readonly dropped: number };

/** How a run ended. */
export type JobExit = {
  readonly cause: ExitCause;
  /** Exit code; null when a signal ended it or nobody saw it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** More about the cause, for people; '' when there is no more. */
  readonly detail: string;
  /** ISO 8601; started is null when it never did. */
  readonly startedAt: string | null;
  readonly endedAt: string;
  /** Processor time of all its processes in ms, and the most memory that they held at once, as seen; null: unknown. */
  readonly cpuMs: number | null;
  readonly peakMemoryBytes: number | null;
  readonly stdout: OutputCount;
  readonly stderr: OutputCount;
  /** Processes that were still there behind the program's end, and were killed. */
  readonly leftovers: number;
};

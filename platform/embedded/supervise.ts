/**
 * Keeps processes running: one that ends unexpectedly is started again, at once at first and then with pauses that
 * double up to ten seconds, so that a crash loop neither burns the machine nor gives up. A process that stayed up
 * for five seconds does not burn it, and has earned a quick restart again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessExit, ProcessIdentity } from './process.ts';

/** What supervision needs of a process or an engine. */
export type Stoppable = ProcessIdentity & {
  readonly exited: Promise<ProcessExit>;
  stop(): Promise<void>;
};

export type SuperviseEvent =
  | {
      readonly event: 'process.exited';
      readonly name: string;
      readonly pid: number;
      readonly exit: ProcessExit;
      readonly restartInMs: number;
    }
  | {
      readonly event: 'process.restarted';
      readonly name: string;
      readonly pid: number;
      readonly restarts: number;
    }
  | {
      readonly event: 'process.restart-failed';
      readonly name: string;
      readonly error: unknown;
      readonly restartInMs: number;
    };

export type SuperviseOptions<Child extends Stoppable> = {
  readonly name: string;
  /** Starts the process and resolves when it is ready. Restarts must use the same ports as the first start. */
  readonly start: () => Promise<Child>;
  /** Called after every start with the new process, before anything else: to record it. */
  readonly onStart?: (child: Child) => void;
  readonly log: (event: SuperviseEvent) => void;
  /** Pauses before a restart, in ms; only tests give others. */
  readonly backoff?: { readonly firstMs: number; readonly maxMs: number; readonly stableMs: number };
};

export type Supervised<Child extends Stoppable> = {
  readonly name: string;
  /** The process as it runs now, or ran last. */
  current(): Child;
  readonly restarts: () => number;
  /** Ends supervision and the process. Safe to call twice, and during a restart. */
  stop(): Promise<void>;
};

const BACKOFF = { firstMs: 500, maxMs: 10_000, stableMs: 5_000 };

/**
 * Starts a process and keeps it running until `stop()`.
 * @throws what the first start throws; later failures are logged and tried again
 */
export async function superviseChild<Child extends Stoppable>(
  options: SuperviseOptions<Child>,
): Promise<Supervised<Child>> {
  const { name, onStart, log, backoff = BACKOFF } = options;
  const stopping = new AbortController();
  const startOnce = async () => {
    const begun = await options.start();
    try {
      onStart?.(begun);
    } catch (error) {
      await begun.stop(); // unrecorded, nobody would ever stop it
      throw error;
    }
    return begun;
  };
  let child = await startOnce();
  let restarts = 0;

  const restart = async (): Promise<number> => {
    restarts += 1;
    child = await startOnce();
    if (!stopping.signal.aborted) log({ event: 'process.restarted', name, pid: child.pid, restarts });
    return Date.now();
  };
  const watch = async () => {
    let since = Date.now();
    let pauseMs = backoff.firstMs;
    for (;;) {
      const exit = await child.exited;
      if (stopping.signal.aborted) return;
      if (Date.now() - since >= backoff.stableMs) pauseMs = backoff.firstMs;
      log({ event: 'process.exited', name, pid: child.pid, exit, restartInMs: pauseMs });
      for (let up = false; !up;) {
        await pause(pauseMs, stopping.signal);
        if (stopping.signal.aborted) return;
        pauseMs = Math.min(pauseMs * 2, backoff.maxMs);
        try {
          since = await restart();
          up = true;
        } catch (error) {
          log({ event: 'process.restart-failed', name, error, restartInMs: pauseMs });
        }
      }
      if (stopping.signal.aborted) return;
    }
  };
  const watching = watch();

  return {
    name,
    current: () => child,
    restarts: () => restarts,
    stop: async () => {
      stopping.abort();
      await child.stop();
      await watching; // a restart under way finishes first, and its process is stopped, too
      await child.stop();
    },
  };
}

/**
 * Stops groups one after the other, the members of a group together: first what uses the engines, then the engines.
 * A member that fails to stop does not keep the others from being stopped.
 * @throws AggregateError of all failures, at the end
 */
export async function stopInOrder(groups: readonly (readonly { stop(): Promise<void> }[])[]): Promise<void> {
  const errors: unknown[] = [];
  for (const group of groups) {
    for (const result of await Promise.allSettled(group.map((member) => member.stop()))) {
      if (result.status === 'rejected') errors.push(result.reason);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'Not everything could be stopped.');
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/**
 * The life of a worker process: create, say ready, run, stop gracefully. Temporal's runtime listens to SIGINT and
 * SIGTERM itself. A run that ends with an error ends the process at once: a worker that was shut down by force can
 * keep it alive.
 */
import type { Client } from '@temporalio/client';
import {
  DefaultLogger,
  Runtime,
  type LogLevel,
  type NativeConnection,
  type Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { Logger } from '../platform/log.ts';
import type { Sql } from '../platform/postgres.ts';
import { sayReady } from '../platform/ready.ts';

/** Options of every worker. Figures measured on the real server, 2026-11. */
export const WORKER_OPTIONS = {
  /** A stopping worker cancels its activities after this long; they commit nothing more and go on elsewhere. */
  shutdownGraceTime: '1 second',
  /** An activity that ignores its cancellation is left behind after this long. */
  shutdownForceTime: '15 seconds',
  /** After a kill the next task of a cached workflow waits this long for the dead worker (10 s by default). */
  stickyQueueScheduleToStartTimeout: '2 seconds',
  /** Bounds how late a cancellation reaches an activity, and how old the shown progress is. */
  maxHeartbeatThrottleInterval: '1 second',
  defaultHeartbeatThrottleInterval: '1 second',
} as const satisfies Partial<WorkerOptions>;

/** What is used may take this long to be closed, behind that. */
export const CLOSE_TIMEOUT_MS = 5000;
const PINO_LEVELS: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** Sends the SDK's log, and that of workflows and activities, where ours goes. Call it before any worker is made. */
export function installLogger(log: Logger): void {
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      log[PINO_LEVELS[level]]({ ...meta }, message);
    }),
  });
}

/** What a worker uses, and leaves behind closed. */
export type WorkerResources = {
  readonly connection: NativeConnection;
  readonly client: Client;
  readonly pools: readonly Sql[];
  /** Ends what goes on beside its workers. */
  readonly stop?: () => Promise<void>;
};

/** Runs a role's workers until they are told to stop, then closes what they used. Never returns. */
export async function runWorker(
  role: string,
  workers: Worker | readonly Worker[],
  log: Logger,
  { connection, client, pools, stop }: WorkerResources,
): Promise<never> {
  const close = async (): Promise<void> => {
    await stop?.();
    await connection.close();
    await client.connection.close();
    await Promise.all(pools.map((sql) => sql.end({ timeout: 3 })));
  };
  let exitCode = 0;
  const running = Promise.all([workers].flat().map((worker) => worker.run()));
  sayReady(role);
  try {
    await running;
  } catch (error) {
    exitCode = 1;
    log.error({ err: error }, 'worker.failed');
  }
  await Promise.race([
    close().catch(() => undefined),
    new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS)),
  ]);
  process.exit(exitCode);
}

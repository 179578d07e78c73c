/** Heartbeats that go on while an activity waits for a busy database or disk. */
import { Context } from '@temporalio/activity';

/** Well below the heartbeat timeouts of the workflows. */
const INTERVAL_MS = 1000;

/**
 * Runs an activity's work and heartbeats meanwhile: what must be noticed by a missing heartbeat is a dead process. A
 * slow database is not made faster by a second attempt; statements have a timeout of their own.
 * @param details what the heartbeat shows
 */
export async function keepBeating<Result>(
  details: () => unknown,
  run: () => Promise<Result>,
): Promise<Result> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details()), INTERVAL_MS);
  try {
    return await run();
  } finally {
    clearInterval(timer);
  }
}

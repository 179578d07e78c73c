/**
 * Pacing what batch work writes, in bytes of WAL a second: a token bucket that all work of a process shares. A queue's
 * rate cannot slow down a COPY that runs; this is asked inside of its loop.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';

export type Pace = {
  /**
   * Waits until what was written before is paid for, then takes the next bytes; returns at once while there is no pace.
   * @throws the signal's reason when it is aborted
   */
  spend(walBytes: number, signal?: AbortSignal): Promise<void>;
  /**
   * Waits as `spend` does, runs, and takes as many bytes as the server wrote meanwhile. What others wrote counts too,
   * so that it errs on the slow side, but nothing counts twice that ran at once; while there is no pace nothing is
   * measured.
   * @throws what `run` throws; the signal's reason
   */
  measure<Result>(sql: Sql, run: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
};

export type PaceOptions = {
  /** Bytes of WAL a second; null: as much as it can. Asked at most once in `READ_MS`. */
  readonly read: () => Promise<number | null>;
  /** Kept while `read` fails and has never answered. */
  readonly fallback: number;
  /** Milliseconds of a clock that is never set; a test has its own. */
  readonly now?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
};

/** For work that nobody paces. */
export const UNPACED: Pace = {
  spend: async () => undefined,
  measure: (_sql, run) => run(),
};

const READ_MS = 1000;
/** So soon does a wait notice that the pace is another one, or none. */
const NAP_MS = 250;
/** Unused pace is kept for so long: a pause is no licence for a burst. */
const SAVED_MS = 250;

export function createPace({
  read,
  fallback,
  now = () => performance.now(),
  wait = async (ms, signal) => void (await sleep(ms, undefined, signal && { signal }).catch(() => undefined)),
}: PaceOptions): Pace {
  let rate: number | null = fallback;
  let readAt = -Infinity;
  let reading: Promise<void> | null = null;
  /** Bytes that may be written; below 0: to be waited for. */
  let balance = 0;
  let filledAt = now();
  /** End of the WAL that was taken last. */
  let takenTo = 0;

  const askRate = async (): Promise<number | null> => {
    if (reading === null && now() - readAt >= READ_MS) {
      reading = read()
        .then((answer) => void (rate = answer))
        // The last answer stands: who cannot read it can write little.
        .catch(() => undefined)
        .finally(() => {
          readAt = now();
          reading = null;
        });
    }
    await reading;
    fill();
    return rate;
  };

  const fill = (): void => {
    const since = now() - filledAt;
    filledAt += since;
    if (rate === null) balance = 0;
    else balance = Math.min(balance + (rate * since) / 1000, (rate * SAVED_MS) / 1000);
  };

  /** @returns whether there is a pace */
  const untilPaid = async (signal: AbortSignal | undefined): Promise<boolean> => {
    for (;;) {
      const pace = await askRate();
      signal?.throwIfAborted();
      if (pace === null) return false;
      if (balance >= 0) return true;
      await wait(Math.min(NAP_MS, Math.max(1, (-balance / pace) * 1000)), signal);
    }
  };

  return {
    async spend(walBytes, signal) {
      if (await untilPaid(signal)) balance -= walBytes;
    },
    async measure(sql, run, signal) {
      if (!(await untilPaid(signal))) return run();
      const before = await readWalEnd(sql);
      const result = await run();
      const end = await readWalEnd(sql);
      balance -= Math.max(0, end - Math.max(before, takenTo));
      takenTo = end;
      return result;
    },
  };
}

/** Where the server's WAL ends, in bytes since its beginning. */
async function readWalEnd(sql: Sql): Promise<number> {
  const [end] = await sql<{ bytes: number }[]>`
    select (pg_current_wal_insert_lsn() - '0/0')::float8 as bytes`;
  return end!.bytes;
}

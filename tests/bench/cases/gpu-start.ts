/**
 * How long a freed card waits for its next process, when others are queued: from the transaction that gives it back to the
 * moment at which the next program is said to run, by one clock, the database's. Beside it, in the same minutes, a loop as
 * that of the first design: every ten seconds it looks whether its card is free and starts the next program; there it is
 * counted from the program's end to the start of the next.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { enterJobs } from '../../../db/gpu-job-changes.ts';
import type { JobOrder } from '../../../db/gpu-jobs.ts';
import { createRandom } from '../../../demo/random.ts';
import { BY, order } from '../../support/gpu.ts';
import { startTrainingMachine, type TrainingMachine } from '../../chaos/training-machine.ts';
import { median, round3 } from '../figures.ts';
import type { BenchRequest, BenchResult } from '../run.ts';

/** The loop waits for 9.9 s at the 99th percentile; a start within a second is a tenth of it. */
const TARGET = 10;
const LOOP_MS = 10_000;
const PER_TRANSACTION = 10;
const LOOK_MS = 1000;
/** Jobs of some seconds at most, so that the loop is hit at any moment of its ten. */
const STEPS_MOST = 80;
const PACE_MS = 25;

export async function benchGpuStart({ rows, say }: BenchRequest): Promise<BenchResult> {
  const machine = await startTrainingMachine(1);
  const stop = new AbortController();
  try {
    const loop = runLoop(stop.signal);
    const own = await runOwn(machine, rows, say);
    stop.abort();
    const theirs = await loop;
    if (theirs.length === 0) throw new Error('The loop has started nothing: give it more rows.');
    const p99 = { own: quantile(own, 0.99), loop: quantile(theirs, 0.99) };
    return {
      ratio: round3(p99.loop / p99.own),
      target: TARGET,
      better: 'higher',
      figures: {
        ...{ starts: own.length, p50Ms: median(own), p99Ms: p99.own, mostMs: Math.max(...own) },
        ...{ loopStarts: theirs.length, loopP50Ms: median(theirs), loopP99Ms: p99.loop },
      },
    };
  } finally {
    stop.abort();
    await machine.stop();
  }
}

/** Queues jobs for one card and waits for their ends. @returns how long the card was free before each but the first, in ms */
async function runOwn(machine: TrainingMachine, count: number, say: BenchRequest['say']): Promise<number[]> {
  const random = createRandom('gpu-start');
  const orders: JobOrder[] = [];
  for (let at = 0; at < count; at += 1)
    orders.push(
      order({
        ...{ ...(await machine.folders(`job-${at}`)), template: 'proto-gcn', team: 'none', memoryMib: 512 },
        params: { steps: random.int(1, STEPS_MOST), 'pace-ms': PACE_MS },
      }),
    );
  for (let at = 0; at < count; at += PER_TRANSACTION)
    await machine.ask((sql) => enterJobs(sql, BY, orders.slice(at, at + PER_TRANSACTION)));
  for (let left = count; left > 0;) {
    await sleep(LOOK_MS);
    const [row] = await machine.ask(
      (sql) => sql<{ open: number; failed: number }[]>`
        select count(*) filter (where state not in ('completed', 'failed', 'cancelled', 'expired'))::int as open,
               count(*) filter (where state in ('failed', 'cancelled', 'expired'))::int as failed
        from gpu_job_state`,
    );
    if (row!.failed > 0) throw new Error(`${row!.failed} jobs have failed.`);
    if (Math.floor(row!.open / 10) !== Math.floor(left / 10)) say(`${row!.open} jobs are left`);
    left = row!.open;
  }
  const rows = await machine.ask(
    (sql) => sql<{ freeMs: number }[]>`
      select (extract(epoch from running.at - lag(held.released_at) over (order by held.allocated_at)) * 1000)::float8
             as "freeMs"
      from gpu_allocations as held
      join gpu_job_event as running on running.job_id = held.job_id and running.state = 'running'
      order by held.allocated_at`,
  );
  return rows.slice(1).map(({ freeMs }) => round3(freeMs));
}

/** Programs that take as long, started by a loop. @returns the same of its card */
async function runLoop(signal: AbortSignal): Promise<number[]> {
  const random = createRandom('gpu-start loop');
  const waits: number[] = [];
  let freeSince: number | null = null;
  for (let isFree = true; !signal.aborted;) {
    if (isFree) {
      const ms = random.int(1, STEPS_MOST) * PACE_MS;
      const child = spawn(process.execPath, ['-e', `setTimeout(() => {}, ${ms})`], { stdio: 'ignore' });
      await once(child, 'spawn');
      if (freeSince !== null) waits.push(performance.now() - freeSince);
      isFree = false;
      void once(child, 'exit').then(() => {
        freeSince = performance.now();
        isFree = true;
      });
    }
    await sleep(LOOP_MS, null, { signal }).catch(() => null);
  }
  return waits.map(round3);
}

const quantile = (values: readonly number[], part: number): number =>
  [...values].sort((one, other) => one - other)[Math.ceil(values.length * part) - 1]!;

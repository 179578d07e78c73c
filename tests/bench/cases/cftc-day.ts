/**
 * The files of a day against COPY, at days of growing size. Ours: writeDayFiles of a day whose messages are cut: reading
 * them page by page, their fields in the order of the columns, control totals, hash, manifest, on the disk under their
 * names. Theirs: COPY of the message ids and the stored columns of the same rows in the same order, TO STDOUT and from
 * there into a file on the disk. The ratio is that of the largest day; exponents are those of time by messages.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate } from '../../../db/migrate.ts';
import { startPostgres } from '../../../platform/embedded/postgres.ts';
import { removeState } from '../../../platform/embedded/postgres-home.ts';
import { connectPostgres } from '../../../platform/postgres.ts';
import { createDays } from '../day-ledger.ts';
import type { DayMeasured, DayRequest } from '../day-process.ts';
import { exponent, median, round3 } from '../figures.ts';
import type { BenchRequest, BenchResult } from '../run.ts';

const TARGET = 0.5;

type Measured = DayMeasured & {
  readonly swaps: number;
  readonly messages: number;
  readonly cutMs: number;
};

export async function benchCftcDay({ sizes, rounds, say }: BenchRequest): Promise<BenchResult> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'tain-bench-'));
  const postgres = await startPostgres({ stateDir, log: path.join(stateDir, 'postgres.log') });
  const sql = connectPostgres(postgres.url, 'bench', 4);
  try {
    await migrate(sql);
    const smallest = Math.min(...sizes);
    say(`making a day of some ${smallest} swaps`);
    const makeDay = await createDays(sql, smallest);
    const days: Measured[] = [];
    for (const swaps of sizes) {
      const { version, cutMs } = await makeDay(Math.round(swaps / smallest));
      const { business_date: date, message_count: messages } = version;
      say(`${swaps} swaps: ${messages} messages cut in ${cutMs} ms`);
      const dataDir = path.join(stateDir, 'data');
      const measured = await measureApart({
        url: postgres.url,
        serverPid: postgres.pid,
        date,
        dataDir,
        rounds,
      });
      const { copyMs, oursMs, peakRssMb } = measured;
      say(`COPY ${copyMs.join()} ms, files ${oursMs.join()} ms, at most ${peakRssMb} MB`);
      days.push({ swaps, messages, cutMs, ...measured });
    }
    const ratios = days.map(({ copyMs, oursMs }) => round3(median(copyMs) / median(oursMs)));
    return { ratio: ratios.at(-1)!, target: TARGET, better: 'higher', figures: figuresOf(days, ratios) };
  } finally {
    await sql.end();
    await postgres.stop();
    removeState(stateDir);
  }
}

function figuresOf(days: readonly Measured[], ratios: readonly number[]): BenchResult['figures'] {
  const rate = (msOf: (day: Measured) => number): number[] =>
    days.map((day) => Math.round((day.messages / msOf(day)) * 1000));
  const growth = (msOf: (day: Measured) => number): number =>
    round3(exponent(days.map((day) => [day.messages, msOf(day)])));
  const [ours, copy] = [(day: Measured) => median(day.oursMs), (day: Measured) => median(day.copyMs)];
  return {
    swaps: days.map(({ swaps }) => swaps),
    messages: days.map(({ messages }) => messages),
    ratios,
    oursMs: days.map(ours),
    copyMs: days.map(copy),
    rowsPerSecond: rate(ours),
    copyRowsPerSecond: rate(copy),
    /** Of processor time, which other load changes less than time. */
    cpuRatios: days.map((day) => round3(median(day.copyCpuMs) / median(day.oursCpuMs))),
    // NaN, of one size, is null in JSON.
    exponent: growth(ours),
    copyExponent: growth(copy),
    cutRowsPerSecond: rate(({ cutMs }) => cutMs),
    cutExponent: growth(({ cutMs }) => cutMs),
    startRssMb: days.map(({ startRssMb }) => startRssMb),
    rssMb: days.map(({ peakRssMb }) => peakRssMb),
    bytes: days.map(({ bytes }) => bytes),
    copyBytes: days.map(({ copyBytes }) => copyBytes),
  };
}

async function measureApart(request: DayRequest): Promise<DayMeasured> {
  const child = fork(path.join(import.meta.dirname, '..', 'day-process.ts'));
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the process that writes files ended with ${code}`);
  });
  child.send(request);
  const [measured] = (await Promise.race([once(child, 'message'), failed])) as [DayMeasured];
  failed.catch(() => undefined);
  return measured;
}

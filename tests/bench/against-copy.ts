/** Rounds of something that Tain does with a file, each beside plain COPY of the same bytes, in a whole running Tain. */
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { connectPostgres, type Sql } from '../../platform/postgres.ts';
import { createTain, type RunningTain } from '../support/running-tain.ts';
import { median } from './figures.ts';
import { timeCopy, writeCleanDay } from './plain-copy.ts';
import type { BenchRequest } from './run.ts';

export type Round = { readonly tain: RunningTain; readonly sql: Sql; readonly file: string };

export type AgainstCopy = {
  /** Milliseconds by round, and their medians. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  readonly oursMs: number;
  readonly theirsMs: number;
  /** Of the last file. */
  readonly bytes: number;
};

/**
 * Measures both sides in turns, a new file for each round.
 * @param settings of the running Tain
 * @param name of our side, for people
 * @param measure gives the milliseconds that our side took; it may move the file away
 * @param finish called before Tain is stopped
 */
export async function measureAgainstCopy(
  { rows, rounds, say }: BenchRequest,
  settings: Readonly<Record<string, string>>,
  name: string,
  measure: (round: Round) => Promise<number>,
  finish: (instance: Awaited<ReturnType<RunningTain['up']>>) => Promise<void> = async () => {},
): Promise<AgainstCopy> {
  const tain = await createTain({ ...settings, TAIN_LOG_LEVEL: 'warn' });
  try {
    const instance = await tain.up();
    const sql = connectPostgres(instance.databaseUrl!, 'bench', 2);
    const [ours, theirs]: [number[], number[]] = [[], []];
    let bytes = 0;
    for (let round = 0; round < rounds; round += 1) {
      say(`round ${round + 1}: making ${rows} rows`);
      const file = path.join(tain.stateDir, `round-${round}.csv`);
      await writeCleanDay(file, rows, `bench-${round}`);
      bytes = (await stat(file)).size;
      theirs.push(await timeCopy(sql, file));
      ours.push(await measure({ tain, sql, file }));
      await rm(file, { force: true });
      say(`round ${round + 1}: plain COPY ${theirs.at(-1)} ms, ${name} ${ours.at(-1)} ms`);
    }
    await finish(instance);
    await sql.end();
    return { ours, theirs, oursMs: median(ours), theirsMs: median(theirs), bytes };
  } finally {
    await tain.dispose();
  }
}

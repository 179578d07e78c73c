/**
 * Validation against plain COPY. Ours: reading a file of part 45 rows, splitting it and judging every record by all
 * the rules of intake, in one thread. Theirs: COPY FROM STDIN of the same bytes into text columns, one connection,
 * logged table, fsync and synchronous_commit on.
 */
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { validateFile } from '../../../cli/validate-file.ts';
import { connectPostgres } from '../../../platform/postgres.ts';
import { createTain } from '../../support/running-tain.ts';
import { median, round3 } from '../figures.ts';
import { timeCopy, writeCleanDay } from '../plain-copy.ts';
import type { BenchRequest, BenchResult } from '../run.ts';

const TARGET = 1;

export async function benchValidate({ rows, rounds, say }: BenchRequest): Promise<BenchResult> {
  const tain = await createTain({ TAIN_LOG_LEVEL: 'warn' });
  try {
    const instance = await tain.up();
    const sql = connectPostgres(instance.databaseUrl!, 'bench', 2);
    const [ours, theirs]: [number[], number[]] = [[], []];
    let bytes = 0;
    let withIssues = 0;
    for (let round = 0; round < rounds; round += 1) {
      say(`round ${round + 1}: making ${rows} rows`);
      const file = path.join(tain.stateDir, `round-${round}.csv`);
      await writeCleanDay(file, rows, `bench-${round}`);
      bytes = (await stat(file)).size;
      theirs.push(await timeCopy(sql, file));
      const started = performance.now();
      const { counts } = await validateFile(file, { onIssues: () => (withIssues += 1) });
      ours.push(Math.round(performance.now() - started));
      if (counts.accepted !== rows) throw new Error(`accepted ${counts.accepted} of ${rows} records`);
      await rm(file);
      say(`round ${round + 1}: plain COPY ${theirs.at(-1)} ms, validation ${ours.at(-1)} ms`);
    }
    await sql.end();
    const [oursMs, theirsMs] = [median(ours), median(theirs)];
    return {
      ratio: round3(oursMs / theirsMs),
      target: TARGET,
      better: 'lower',
      figures: {
        rows,
        bytes,
        withIssues,
        validateRowsPerSecond: Math.round((rows / oursMs) * 1000),
        copyRowsPerSecond: Math.round((rows / theirsMs) * 1000),
        validateMs: ours,
        copyMs: theirs,
      },
    };
  } finally {
    await tain.dispose();
  }
}

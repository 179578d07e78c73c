/**
 * Validation against plain COPY. Ours: reading a file of part 45 rows, splitting it and judging every record by all
 * the rules of intake, in one thread. Theirs: COPY FROM STDIN of the same bytes into text columns, one connection,
 * logged table, fsync and synchronous_commit on.
 */
import { validateFile } from '../../../cli/validate-file.ts';
import { BUILT_IN_REGISTERS } from '../../../domain/cftc/built-in-registers.ts';
import { measureAgainstCopy } from '../against-copy.ts';
import { round3 } from '../figures.ts';
import type { BenchRequest, BenchResult } from '../run.ts';

const TARGET = 1;

export async function benchValidate(request: BenchRequest): Promise<BenchResult> {
  const { rows } = request;
  let withIssues = 0;
  const measured = await measureAgainstCopy(request, {}, 'validation', async ({ file }) => {
    const started = performance.now();
    const { counts } = await validateFile(file, {
      submittedOn: '2026-11-21',
      registers: BUILT_IN_REGISTERS,
      onIssues: () => (withIssues += 1),
    });
    const elapsed = Math.round(performance.now() - started);
    if (counts.accepted !== rows) throw new Error(`accepted ${counts.accepted} of ${rows} records`);
    return elapsed;
  });
  const { ours, theirs, oursMs, theirsMs, bytes } = measured;
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
}

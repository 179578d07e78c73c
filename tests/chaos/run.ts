/**
 * npm run chaos -- SCENARIO --kills N --seed S [--rows N]: kills processes of a running Tain at random moments while
 * work is in flight, and compares the outcome with the generator's truth. Prints one JSON object as its last line.
 */
import { parseArgs } from 'node:util';
import { chaosFileIngest } from './cases/file-ingest.ts';

export type ChaosRequest = {
  readonly kills: number;
  readonly seed: string;
  readonly rows: number;
  readonly say: (line: string) => void;
};

export type ChaosResult = {
  readonly kills: Record<string, number>;
  readonly files: number;
  readonly records: number;
  readonly lost: number;
  readonly doubled: number;
  /** Verdicts that are not the generator's. */
  readonly differing: number;
  /** Stored rows that are not those of the same file ingested without kills. */
  readonly unequal: number;
};

const SCENARIOS: Record<string, (request: ChaosRequest) => Promise<ChaosResult>> = {
  'file-ingest': chaosFileIngest,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '10' },
    seed: { type: 'string', default: 'tain' },
    rows: { type: 'string', default: '200000' },
  },
});
const scenario = SCENARIOS[positionals[0] ?? ''];
if (!scenario) {
  process.stderr.write(`Name a scenario: ${Object.keys(SCENARIOS).join(', ')}\n`);
  process.exit(2);
}
const result = await scenario({
  kills: Number(values.kills),
  seed: values.seed,
  rows: Number(values.rows),
  say: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify({ chaos: positionals[0], seed: values.seed, ...result })}\n`);
process.exit(result.lost + result.doubled + result.differing + result.unequal === 0 ? 0 : 1);

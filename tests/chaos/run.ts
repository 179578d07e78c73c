/**
 * npm run chaos -- SCENARIO --kills N --seed S [--rows N]: kills processes of a running Tain at random moments while
 * work is in flight, and compares the outcome with the generator's truth. Prints one JSON object as its last line.
 */
import { parseArgs } from 'node:util';
import { chaosCftcDay } from './cases/cftc-day.ts';
import { chaosFileIngest } from './cases/file-ingest.ts';
import { chaosGpuTraining } from './cases/gpu-training.ts';
import { chaosStreamIngest } from './cases/stream-ingest.ts';

export type ChaosRequest = {
  readonly kills: number;
  readonly seed: string;
  /** Absent: as many as the scenario thinks right. */
  readonly rows?: number;
  readonly say: (line: string) => void;
};

export type ChaosResult = {
  readonly kills: Record<string, number>;
  readonly records: number;
  /** What is not there, or was said to be there and is not. */
  readonly lost: number;
  readonly doubled: number;
  /** Verdicts that are not the generator's. */
  readonly differing: number;
  /** What is stored otherwise than without kills. */
  readonly unequal: number;
} & Record<string, unknown>;

const SCENARIOS: Record<string, (request: ChaosRequest) => Promise<ChaosResult>> = {
  'file-ingest': chaosFileIngest,
  'stream-ingest': chaosStreamIngest,
  'cftc-day': chaosCftcDay,
  'gpu-training': chaosGpuTraining,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '10' },
    seed: { type: 'string', default: 'tain' },
    rows: { type: 'string' },
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
  ...(values.rows && { rows: Number(values.rows) }),
  say: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify({ chaos: positionals[0], seed: values.seed, ...result })}\n`);
process.exit(result.lost + result.doubled + result.differing + result.unequal === 0 ? 0 : 1);

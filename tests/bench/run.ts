/**
 * npm run bench -- NAME [--rows N] [--rounds N] [--sizes N,N]: measures both sides of a ratio in one run, interleaved, on engines
 * with production settings. The last line printed is one JSON object.
 */
import { parseArgs } from 'node:util';
import { benchApi } from './cases/api.ts';
import { benchApply } from './cases/apply.ts';
import { benchCftcDay } from './cases/cftc-day.ts';
import { benchClusterCapacity } from './cases/cluster-capacity.ts';
import { benchFileIngest } from './cases/file-ingest.ts';
import { benchAtOnce, benchForeground } from './cases/foreground.ts';
import { benchGpuEta } from './cases/gpu-eta.ts';
import { benchGpuPlanner } from './cases/gpu-planner.ts';
import { benchGpuStart } from './cases/gpu-start.ts';
import { benchInbox } from './cases/inbox.ts';
import { benchLockWaits } from './cases/lock-waits.ts';
import { benchStreamIngest } from './cases/stream-ingest.ts';
import { benchValidate } from './cases/validate.ts';

export type BenchRequest = {
  readonly rows: number;
  /** Swaps of the days that are compared, growing. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly say: (line: string) => void;
};

export type BenchResult = {
  readonly ratio: number;
  readonly target: number;
  readonly better: 'higher' | 'lower';
  readonly figures: Record<string, number | readonly number[]>;
};

const BENCHES: Record<string, (request: BenchRequest) => Promise<BenchResult>> = {
  api: benchApi,
  apply: benchApply,
  'at-once': benchAtOnce,
  'cftc-day': benchCftcDay,
  'cluster-capacity': benchClusterCapacity,
  'file-ingest': benchFileIngest,
  foreground: benchForeground,
  'gpu-eta': benchGpuEta,
  'gpu-planner': benchGpuPlanner,
  'gpu-start': benchGpuStart,
  inbox: benchInbox,
  'lock-waits': benchLockWaits,
  'stream-ingest': benchStreamIngest,
  validate: benchValidate,
};

const DEFAULT_ROWS = 300_000;
const DEFAULT_SIZES = '10000,100000,1000000';
/** Of those whose rows are jobs or nodes. */
const OWN_ROWS: Readonly<Record<string, number>> = {
  'cluster-capacity': 1000,
  'gpu-eta': 12,
  'gpu-planner': 10_000,
  'gpu-start': 60,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    sizes: { type: 'string', default: DEFAULT_SIZES },
  },
});
const name = positionals[0] ?? '';
const bench = BENCHES[name];
if (!bench) {
  process.stderr.write(`Name a benchmark: ${Object.keys(BENCHES).join(', ')}\n`);
  process.exit(2);
}
const { figures, ...result } = await bench({
  rows: Number(values.rows ?? OWN_ROWS[name] ?? DEFAULT_ROWS),
  sizes: values.sizes.split(',').map(Number),
  rounds: Number(values.rounds),
  say: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify({ bench: name, ...result, ...figures })}\n`);

/** What the demonstration training is told: its environment, its options, and its configuration file. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { PROGRAM_VARIABLES } from '../../contracts/job-run.ts';

/** CONFIG_FILE, JSON. */
const Configuration = z.strictObject({
  seed: z.string().max(100).default('tain'),
  nodes: z.int().min(8).max(5000).default(240),
  classes: z.int().min(2).max(16).default(4),
  features: z.int().min(2).max(256).default(12),
  hidden: z.int().min(1).max(256).default(16),
  learningRate: z.number().gt(0).max(10).default(0.2),
});

const Options = z.strictObject({
  steps: z.coerce.number().int().min(1).max(1_000_000),
  'checkpoint-every': z.coerce.number().int().min(1).max(100_000),
  'pace-ms': z.coerce.number().int().min(0).max(60_000),
});

export type TrainingSettings = z.output<typeof Configuration> & {
  readonly steps: number;
  readonly checkpointEvery: number;
  /** A step takes at least so long, so that a small model makes a long job. */
  readonly paceMs: number;
  readonly job: string;
  readonly devices: string;
  readonly workDir: string;
  readonly noticeFile: string | null;
  /** The step of a checkpoint that was seen; null: of none. */
  readonly resumeFrom: number | null;
  readonly lockFolder: string;
};

/** @throws Error in one line that names what is wrong and where */
export function readTrainingSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): TrainingSettings {
  const need = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set.`);
    return value;
  };
  const { values } = parseArgs({
    args: [...args],
    options: {
      steps: { type: 'string', default: '300' },
      'checkpoint-every': { type: 'string', default: '25' },
      'pace-ms': { type: 'string', default: '0' },
    },
  });
  const options = check('the options', Options, values);
  const file = need(PROGRAM_VARIABLES.config);
  const text = readFileSync(file, 'utf8');
  return {
    ...check(file, Configuration, text.trim() === '' ? {} : parse(file, text)),
    steps: options.steps,
    checkpointEvery: options['checkpoint-every'],
    paceMs: options['pace-ms'],
    job: env[PROGRAM_VARIABLES.job] ?? `pid-${process.pid}`,
    devices: env[PROGRAM_VARIABLES.devices] ?? '',
    workDir: need(PROGRAM_VARIABLES.workDir),
    noticeFile: env[PROGRAM_VARIABLES.notice] ?? null,
    resumeFrom:
      env[PROGRAM_VARIABLES.resumeFrom] === undefined ? null : Number(env[PROGRAM_VARIABLES.resumeFrom]),
    lockFolder: env['TAIN_DEVICE_LOCKS'] ?? path.join(os.tmpdir(), 'tain-device-locks'),
  };
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

function check<Schema extends z.ZodType>(place: string, schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${place}: ${issue!.path.join('.') || 'all of it'}: ${issue!.message}`);
}

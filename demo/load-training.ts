/** A machine and three trainings for the demonstration: never where somebody has named GPUs of their own. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Sql } from '../platform/postgres.ts';
import { whyNoDemo } from './load-day.ts';
import { writeDemoSettings } from './write-settings.ts';

const MEBIBYTE = 1024 ** 2;
const TRAININGS = 3;
/** Some seconds each: long enough to see one wait for another. */
const PARAMETERS = { steps: 300, 'pace-ms': 25, 'checkpoint-every': 25 };

/** Whose they are. */
export const DEMO_USER = 'demo';

/** Why the demonstration's training stays away; null when it does not. */
export async function whyNoDemoTraining(
  sql: Sql,
  request: {
    readonly isExternalDatabase: boolean;
    /** TAIN_GPU_FILE, as somebody has set it. */
    readonly gpuFile: string | undefined;
  },
): Promise<string | null> {
  if (request.gpuFile !== undefined) return 'TAIN_GPU_FILE names GPUs of your own';
  return whyNoDemo(sql, request.isExternalDatabase);
}

export const demoGpuFile = (stateDir: string): string => path.join(stateDir, 'demo', 'gpu.json');

/** Writes the GPU file of the demonstration: this machine, with one card that is none. Its name is this checkout's alone. */
export async function writeDemoGpus(stateDir: string): Promise<void> {
  const own = createHash('sha256').update(stateDir).digest('hex').slice(0, 12);
  const card = { device: `DEMO-${own}`, index: 0, model: 'DEMO' };
  await writeDemoSettings(demoGpuFile(stateDir), {
    models: [{ model: 'DEMO', memoryGb: 1, tdpWatts: 15 }],
    nodes: [
      {
        node: 'this-machine',
        cpus: os.availableParallelism(),
        memoryMib: Math.floor(os.totalmem() / MEBIBYTE),
        gpus: [card],
      },
    ],
    rates: [{ model: 'DEMO', from: '2026-01-01', purchase: '1600.00', lifeYears: 5 }],
    siteRates: [{ from: '2026-01-01', currency: 'USD', pue: 1.2, kwh: '0.08' }],
  });
}

/** Orders of the demonstration, with folders for them. Sent twice, each is the same job. */
export async function makeDemoTrainings(root: string): Promise<object[]> {
  const orders: object[] = [];
  for (let at = 1; at <= TRAININGS; at += 1) {
    const workdir = path.join(root, `demo-${at}`);
    const config = path.join(root, `demo-${at}.json`);
    await mkdir(workdir, { recursive: true });
    await writeFile(config, `${JSON.stringify({ seed: `demo-${at}` })}\n`);
    orders.push({
      ...{ user: DEMO_USER, config, workdir, parameters: PARAMETERS, walltimeMinutes: 10 },
      ...{ resources: { memoryMib: 512 }, requestKey: `demo-${at}` },
    });
  }
  return orders;
}

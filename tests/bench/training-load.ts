/**
 * Real training as a load: programs of a template that a running Tain has queued, planned and started, one for each core, which
 * train until they are cancelled.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeDemoSettings } from '../../demo/write-settings.ts';
import { isAlive } from '../../platform/embedded/process.ts';
import { jobFiles } from '../../platform/executors/job-files.ts';
import type { RunningTain } from '../support/running-tain.ts';
import { until } from '../support/until.ts';
import { CORES } from './processor-time.ts';

/** More than it ever does. */
const STEPS = 1_000_000;
const MEMORY_MIB = 512;
const LOOK_MS = 200;
/** It is held until a feed that lagged has been calm for a while. */
const START_TIMEOUT_MS = 150_000;

export type TrainingLoad = {
  /** Of the programs that live. */
  pids(): Promise<number[]>;
  /** Cancels all of it, and waits until none lives. */
  stop(): Promise<void>;
};

/** Writes the GPU file of a machine with a card for each core. @param file where */
export const writeLoadCards = (file: string): Promise<void> =>
  writeDemoSettings(file, {
    models: [{ model: 'BENCH', memoryGb: 1, tdpWatts: 15 }],
    nodes: [
      {
        node: 'this-machine',
        cpus: CORES,
        memoryMib: Math.floor(os.totalmem() / 1024 ** 2),
        gpus: Array.from({ length: CORES }, (_, index) => ({
          device: `BENCH-${randomUUID().slice(0, 12)}`,
          index,
          model: 'BENCH',
        })),
      },
    ],
  });

/**
 * Queues a training for each core, all of them at once, so that none finds the machine full of the others, and waits until
 * they run.
 * @throws Error when they are refused or do not start
 */
export async function startTrainingLoad(tain: RunningTain): Promise<TrainingLoad> {
  const runs = path.join(tain.stateDir, 'gpu', 'runs');
  const folder = path.join(tain.stateDir, 'training');
  const jobs: string[] = [];
  const load: TrainingLoad = {
    async pids() {
      // The folder comes with the first run.
      const names = await readdir(runs).catch(() => []);
      const programs = names.map((run) => jobFiles(path.join(runs, run)).readProgram());
      return programs
        .filter((program) => program !== null)
        .filter(isAlive)
        .map(({ pid }) => pid);
    },
    async stop() {
      for (const job of jobs) await tain.run('gpu', 'cancel', job, '--reason', 'the benchmark is over');
      while ((await load.pids()).length > 0) await sleep(LOOK_MS);
    },
  };
  for (let at = 0; at < CORES; at += 1) {
    await mkdir(path.join(folder, `load-${at}`), { recursive: true });
    await writeFile(path.join(folder, `load-${at}.json`), '{}');
  }
  const workdir = path.join(folder, 'load-{index}');
  const { code, stdout, stderr } = await tain.run(
    ...['gpu', 'submit', '--config', `${workdir}.json`, '--workdir', workdir, '--array', String(CORES)],
    ...['--memory', String(MEMORY_MIB), '--set', `steps=${STEPS}`],
  );
  const array = /a-[0-9a-f]+/.exec(stdout)?.[0];
  if (code !== 0 || array === undefined) throw new Error(`Training was refused: ${stdout}${stderr}`);
  for (let at = 0; at < CORES; at += 1) jobs.push(`${array}-${at}`);
  try {
    await until(async () => {
      const running = (await load.pids()).length;
      if (running < CORES) throw new Error(`${running} of ${CORES} trainings run`);
    }, START_TIMEOUT_MS);
  } catch (error) {
    const why = await tain.run('gpu', 'why', jobs[0]!);
    const status = await tain.run('status');
    throw new Error(`Training does not start.\n${why.stdout}${why.stderr}\n${status.stdout}`, {
      cause: error,
    });
  }
  return load;
}

/** What trainings run on: engines and a worker that are kept running, cards that are none, and the programs' own locks. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { migrate } from '../../db/migrate.ts';
import type { DeviceEvent } from '../../demo/train/device-lock.ts';
import { parseConfig } from '../../platform/config.ts';
import { lockHolder } from '../../platform/embedded/lock.ts';
import { isAlive } from '../../platform/embedded/process.ts';
import { jobFiles } from '../../platform/executors/job-files.ts';
import { connectPostgres, type Sql } from '../../platform/postgres.ts';
import { connectTemporal } from '../../platform/temporal.ts';
import { openWorkflowBundle } from '../../platform/workflow-bundle.ts';
import { addNode } from '../support/gpu.ts';
import { until } from '../support/until.ts';
import { keepEngines, killKept, type Kept } from './kept-engines.ts';
import { killNow, lookAt, RECOVERY_TIMEOUT_MS } from './processes.ts';
import type { TrainingWorkerRequest } from './training-worker.ts';

export const TRAINING_VICTIMS = ['worker', 'temporal', 'postgres', 'runner'] as const;
export type TrainingVictim = (typeof TRAINING_VICTIMS)[number];

export type TrainingMachine = {
  readonly client: Client;
  readonly devices: readonly string[];
  /** A configuration and a working folder of its own. */
  folders(name: string): Promise<{ readonly configPath: string; readonly workdir: string }>;
  /** Names of the runs whose runner lives. */
  running(): string[];
  /** Kills it without warning and, but for a runner, waits until it is there again. @param run whose runner */
  kill(victim: TrainingVictim, run: string): Promise<void>;
  /** Asks the database, as soon as there is one. */
  ask<Result>(question: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** What the programs wrote down of a device. */
  lockEvents(device: string): DeviceEvent[];
  /** Devices that a process holds now, by the programs' locks. */
  held(): string[];
  /** Runs of which something is kept still. */
  runsLeft(): string[];
  /** Steps that attempts of a job did, by their own output, in the order of attempts. */
  stepsOf(jobId: string): number[];
  stop(): Promise<void>;
};

export async function startTrainingMachine(cards: number): Promise<TrainingMachine> {
  const engines = await keepEngines('trainings');
  const { home, databaseUrl, temporalAddress, postgres, temporal } = engines;
  const runsDir = path.join(home, 'gpu', 'runs');
  const filesOf = (run: string) => jobFiles(path.join(runsDir, run));
  const listRuns = (): string[] => (existsSync(runsDir) ? readdirSync(runsDir) : []);
  const lockFile = (device: string, ending: string): string =>
    path.join(home, 'locks', `${device}.${ending}`);
  try {
    await mkdir(path.join(home, 'training'), { recursive: true });
    const sql = connectPostgres(databaseUrl, 'chaos');
    await migrate(sql);
    // Of everything but cards there is plenty, or runs that were lost would hold others up.
    const given = Array.from({ length: cards }, () => ({ model: 'RTX-4090-24GB' }));
    const { devices } = await addNode(sql, given, { cpuMillis: 1_000_000, memoryMib: 1_000_000 });
    await sql.end();
    await openWorkflowBundle(home);
    const client = await connectTemporal({ ...parseConfig({}), TEMPORAL_ADDRESS: temporalAddress });
    const requestFile = path.join(home, 'worker.json');
    const request: TrainingWorkerRequest = { databaseUrl, temporalAddress, stateDir: home };
    await writeFile(requestFile, JSON.stringify(request));
    const script = 'tests/chaos/training-worker.ts';
    const worker = await engines.own('worker', script, [requestFile], path.join(home, 'worker.log'));
    const kept: Record<Exclude<TrainingVictim, 'runner'>, Kept> = { worker, temporal, postgres };
    return {
      ...{ client, devices },
      async folders(name) {
        const [configPath, workdir] = [`${name}.json`, name].map((part) => path.join(home, 'training', part));
        await mkdir(workdir!);
        await writeFile(configPath!, '{}');
        return { configPath: configPath!, workdir: workdir! };
      },
      running: () =>
        listRuns().filter((run) => {
          const claim = filesOf(run).readClaim();
          return claim?.kind === 'runner' && filesOf(run).readProgram() !== null && isAlive(claim);
        }),
      async kill(victim, run) {
        if (victim !== 'runner') return killKept(victim, kept[victim]);
        const claim = filesOf(run).readClaim();
        if (claim?.kind === 'runner' && isAlive(claim)) killNow(claim.pid);
      },
      ask: (question) =>
        until(async () => {
          const answer = await lookAt(databaseUrl, async (one) => ({ found: await question(one) }));
          if (answer === null) throw new Error('the database is not back');
          return answer.found;
        }, RECOVERY_TIMEOUT_MS),
      lockEvents(device) {
        const file = lockFile(device, 'log');
        if (!existsSync(file)) return [];
        const lines = readFileSync(file, 'utf8').trim().split('\n');
        return lines.map((line) => JSON.parse(line) as DeviceEvent);
      },
      held: () =>
        devices.filter((device) => {
          const holder = lockHolder(lockFile(device, 'lock'));
          return holder !== null && isAlive(holder);
        }),
      runsLeft: () => listRuns().filter((run) => existsSync(path.join(runsDir, run, 'launch.json'))),
      stepsOf(jobId) {
        const folder = path.join(home, 'gpu', 'results', jobId);
        const attempts = existsSync(folder) ? readdirSync(folder).map(Number) : [];
        return attempts
          .sort((one, other) => one - other)
          .map((attempt) => path.join(folder, String(attempt), 'logs', 'stdout.log'))
          .flatMap((file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []))
          .filter((line) => line.includes('"event":"step"'))
          .map((line) => (JSON.parse(line) as { step: number }).step);
      },
      async stop() {
        await client.connection.close();
        await engines.stop();
      },
    };
  } catch (error) {
    await engines.stop();
    throw error;
  }
}

/**
 * What a day runs on: engines of its own that are kept running, a database with the day's input that is copied for each
 * run, and per run a worker and a receiver that are kept running too.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { parseConfig } from '../../platform/config.ts';
import { choosePort } from '../../platform/embedded/ports.ts';
import { connectPostgres, type Sql } from '../../platform/postgres.ts';
import { connectTemporal } from '../../platform/temporal.ts';
import { openWorkflowBundle } from '../../platform/workflow-bundle.ts';
import { withDatabase } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { fillDayInput, DAY_FILE, type DayInput } from './day-input.ts';
import { followSteps, type StepLog } from './day-steps.ts';
import type { DayWorkerRequest } from './day-worker.ts';
import { keepEngines, killKept, type Kept } from './kept-engines.ts';
import { lookAt, RECOVERY_TIMEOUT_MS } from './processes.ts';

export const DAY_VICTIMS = ['worker', 'temporal', 'postgres', 'receiver'] as const;
export type DayVictim = (typeof DAY_VICTIMS)[number];

/** A run of the day. */
export type DayRun = {
  readonly dataDir: string;
  /** Where the receiver keeps what came. */
  readonly stateFile: string;
  readonly steps: StepLog;
  readonly pidOf: (victim: DayVictim) => number;
  /** Kills it without warning, and waits until it is there again. */
  readonly kill: (victim: DayVictim) => Promise<void>;
  /** Asks the database, as soon as there is one. */
  readonly ask: <Result>(question: (sql: Sql) => Promise<Result>) => Promise<Result>;
  /** Stops worker and receiver, and removes what they made. */
  readonly stop: () => Promise<void>;
};

export type DayMachine = {
  readonly client: Client;
  readonly begin: (name: string) => Promise<DayRun>;
  readonly stop: () => Promise<void>;
};

const TARGET = 'demo-repository';
const PREFERRED_PORT = 22_000;
/** Loses patience quickly. */
const PATIENCE = { heartbeatMs: 500, silenceMs: 3000, packetMs: 1000, connectMs: 2000 };

/** @param now when days are cut, in milliseconds since 1970 */
export async function startDayMachine(input: DayInput, now: number): Promise<DayMachine> {
  const engines = await keepEngines('day');
  const { home, databaseUrl: url, temporalAddress, postgres, temporal } = engines;
  const logOf = (name: string): string => path.join(home, `${name}.log`);

  try {
    await fillDayInput(url, path.join(home, 'input'), input);
    await openWorkflowBundle(home);
    const client = await connectTemporal({ ...parseConfig({}), TEMPORAL_ADDRESS: temporalAddress });

    const begin = async (name: string): Promise<DayRun> => {
      const dir = path.join(home, name);
      const dataDir = path.join(dir, 'data');
      await mkdir(dataDir, { recursive: true });
      const [dayFile, outboundFile, requestFile, stepsFile, stateFile] = [
        'days.json',
        'outbound.json',
        'request.json',
        'steps.ndjson',
        'receiver.ndjson',
      ].map((file) => path.join(dir, file)) as [string, string, string, string, string];
      const port = await choosePort(undefined, PREFERRED_PORT, 'no variable');
      const target = { name: TARGET, kind: 'tcp-session', host: '127.0.0.1', port, parts: [45], ...PATIENCE };
      const databaseUrl = await copyDatabase(url, name);
      const request: DayWorkerRequest = {
        ...{ databaseUrl, temporalAddress, stateDir: home, dataDir, dayFile, outboundFile, stepsFile, now },
        target: TARGET,
      };
      await writeFile(dayFile, JSON.stringify(DAY_FILE));
      await writeFile(outboundFile, JSON.stringify({ targets: [target] }));
      await writeFile(requestFile, JSON.stringify(request));
      const [simulator, days] = ['demo/receiver-server.ts', 'tests/chaos/day-worker.ts'] as const;
      const told = [String(port), stateFile];
      const receiver = await engines.own('receiver', simulator, told, logOf(`${name}-receiver`));
      const worker = await engines.own('worker', days, [requestFile], logOf(`${name}-worker`));
      const victims: Record<DayVictim, Kept> = { worker, temporal, postgres, receiver };
      const pidOf = (victim: DayVictim): number => victims[victim].current().pid;
      return {
        ...{ dataDir, stateFile, steps: followSteps(stepsFile), pidOf },
        kill: (victim) => killKept(victim, victims[victim]),
        ask: (question) =>
          until(async () => {
            const answer = await lookAt(databaseUrl, async (sql) => ({ found: await question(sql) }));
            if (answer === null) throw new Error('the database is not back');
            return answer.found;
          }, RECOVERY_TIMEOUT_MS),
        async stop() {
          await engines.stopThose([receiver, worker]);
          await dropDatabase(url, name);
          await rm(dir, { recursive: true });
        },
      };
    };
    return {
      client,
      begin,
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

async function copyDatabase(url: string, name: string): Promise<string> {
  await administer(url, async (admin) => {
    const template = new URL(url).pathname.slice(1);
    await admin`create database ${admin(name)} template ${admin(template)}`;
  });
  return withDatabase(url, name);
}

const dropDatabase = (url: string, name: string): Promise<void> =>
  administer(url, async (admin) => void (await admin`drop database ${admin(name)} with (force)`));

async function administer(url: string, run: (admin: Sql) => Promise<void>): Promise<void> {
  const admin = connectPostgres(withDatabase(url, 'postgres'), 'chaos', 1);
  try {
    await run(admin);
  } finally {
    await admin.end();
  }
}

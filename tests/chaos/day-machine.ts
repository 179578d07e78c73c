/**
 * What a day runs on: engines of its own that are kept running, a database with the day's input that is copied for each
 * run, and per run a worker and a receiver that are kept running too.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../contracts/lifecycles.ts';
import { parseConfig, ROOT_DIR } from '../../platform/config.ts';
import { choosePort } from '../../platform/embedded/ports.ts';
import { startPostgres } from '../../platform/embedded/postgres.ts';
import { spawnEngine, withStop } from '../../platform/embedded/process.ts';
import { superviseChild, type Stoppable, type Supervised } from '../../platform/embedded/supervise.ts';
import { findTemporal } from '../../platform/embedded/temporal-binary.ts';
import { startTemporal } from '../../platform/embedded/temporal.ts';
import { connectPostgres, type Sql } from '../../platform/postgres.ts';
import { isReadyLine } from '../../platform/ready.ts';
import { connectTemporal } from '../../platform/temporal.ts';
import { openWorkflowBundle } from '../../platform/workflow-bundle.ts';
import { withDatabase } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { fillDayInput, DAY_FILE, type DayInput } from './day-input.ts';
import { followSteps, type StepLog } from './day-steps.ts';
import type { DayWorkerRequest } from './day-worker.ts';
import { killNow, lookAt, RECOVERY_TIMEOUT_MS } from './processes.ts';

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
const READY_MS = 60_000;
const STOP_MS = 20_000;
const BACKOFF = { firstMs: 100, maxMs: 1000, stableMs: 0 };
/** Loses patience quickly. */
const PATIENCE = { heartbeatMs: 500, silenceMs: 3000, packetMs: 1000, connectMs: 2000 };

/** @param now when days are cut, in milliseconds since 1970 */
export async function startDayMachine(input: DayInput, now: number): Promise<DayMachine> {
  const home = await mkdtemp(path.join(tmpdir(), 'tain-day-'));
  const started: Supervised<Stoppable>[] = [];
  const keep = async <Child extends Stoppable>(name: string, start: () => Promise<Child>) => {
    const kept = await superviseChild({ name, start, log: () => undefined, backoff: BACKOFF });
    started.push(kept);
    return kept;
  };
  const stopAll = async (all: readonly Supervised<Stoppable>[]): Promise<void> => {
    for (const one of [...all].reverse()) await one.stop();
  };
  const logOf = (name: string): string => path.join(home, `${name}.log`);

  try {
    let postgresPort: number | undefined;
    const postgres = await keep('postgres', async () => {
      const port = postgresPort === undefined ? {} : { port: postgresPort };
      const running = await startPostgres({ stateDir: home, log: logOf('postgres'), ...port });
      postgresPort = running.port;
      return running;
    });
    const { path: binary } = await findTemporal();
    let ports: { readonly port?: number; readonly uiPort?: number } = {};
    const temporal = await keep('temporal', async () => {
      const running = await startTemporal({
        ...{ stateDir: home, binary, log: logOf('temporal'), namespace: 'default', ...ports },
        searchAttributes: Object.fromEntries(
          Object.values(SEARCH_ATTRIBUTES).map((name) => [name, 'Keyword']),
        ),
      });
      ports = { port: running.port, uiPort: running.uiPort };
      return running;
    });
    const { url } = postgres.current();
    await fillDayInput(url, path.join(home, 'input'), input);
    await openWorkflowBundle(home);
    const temporalAddress = temporal.current().address;
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
      const receiver = await keep('receiver', () =>
        startOwn('receiver', 'demo/receiver-server.ts', [String(port), stateFile], logOf(`${name}-receiver`)),
      );
      const worker = await keep('worker', () =>
        startOwn('worker', 'tests/chaos/day-worker.ts', [requestFile], logOf(`${name}-worker`)),
      );
      const victims: Record<DayVictim, Supervised<Stoppable>> = { worker, temporal, postgres, receiver };
      const pidOf = (victim: DayVictim): number => victims[victim].current().pid;
      return {
        ...{ dataDir, stateFile, steps: followSteps(stepsFile), pidOf },
        async kill(victim) {
          const killed = pidOf(victim);
          killNow(killed);
          await until(async () => {
            if (pidOf(victim) === killed) throw new Error(`${victim} has not been started again`);
          }, RECOVERY_TIMEOUT_MS);
        },
        ask: (question) =>
          until(async () => {
            const answer = await lookAt(databaseUrl, async (sql) => ({ found: await question(sql) }));
            if (answer === null) throw new Error('the database is not back');
            return answer.found;
          }, RECOVERY_TIMEOUT_MS),
        async stop() {
          await stopAll([receiver, worker]);
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
        await stopAll(started);
        await rm(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

/** Starts a process of ours and waits until it says that it is ready. */
async function startOwn(
  name: string,
  script: string,
  args: readonly string[],
  log: string,
): Promise<Stoppable> {
  const child = spawnEngine({
    ...{ name, log, cwd: ROOT_DIR, command: process.execPath },
    args: [path.join(ROOT_DIR, script), ...args],
  });
  const end = Date.now() + READY_MS;
  let hasEnded = false;
  void child.exited.then(() => (hasEnded = true));
  while (!child.lastLogLines(40).some(isReadyLine)) {
    if (hasEnded || Date.now() > end) {
      await child.stop('SIGKILL', 1000);
      throw new Error(`${name} did not start:\n${child.lastLogLines(12).join('\n')}`);
    }
    await sleep(20);
  }
  return withStop(child, 'SIGTERM', STOP_MS);
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

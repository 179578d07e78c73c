/** Engines and processes of a scenario's own, which are kept running until it ends: who is killed comes back. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SEARCH_ATTRIBUTES } from '../../contracts/lifecycles.ts';
import { ROOT_DIR } from '../../platform/config.ts';
import { startPostgres } from '../../platform/embedded/postgres.ts';
import { spawnEngine, withStop } from '../../platform/embedded/process.ts';
import { superviseChild, type Stoppable, type Supervised } from '../../platform/embedded/supervise.ts';
import { findTemporal } from '../../platform/embedded/temporal-binary.ts';
import { startTemporal } from '../../platform/embedded/temporal.ts';
import { removeState } from '../../platform/embedded/postgres-home.ts';
import { isReadyLine } from '../../platform/ready.ts';
import { until } from '../support/until.ts';
import { killNow, RECOVERY_TIMEOUT_MS } from './processes.ts';

const READY_MS = 60_000;
const STOP_MS = 20_000;
const BACKOFF = { firstMs: 100, maxMs: 1000, stableMs: 0 };

export type Kept = Supervised<Stoppable>;

type KeptEngines = {
  /** Folder of it all, removed at the end. */
  readonly home: string;
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly postgres: Kept;
  readonly temporal: Kept;
  /** Keeps a process of ours running. */
  own(name: string, script: string, args: readonly string[], log: string): Promise<Kept>;
  stopThose(kept: readonly Kept[]): Promise<void>;
  stop(): Promise<void>;
};

/** @param name of the folder */
export async function keepEngines(name: string): Promise<KeptEngines> {
  const home = await mkdtemp(path.join(tmpdir(), `tain-${name}-`));
  const started: Kept[] = [];
  const keep = async <Child extends Stoppable>(what: string, start: () => Promise<Child>) => {
    const kept = await superviseChild({ name: what, start, log: () => undefined, backoff: BACKOFF });
    started.push(kept);
    return kept;
  };
  const stopThose = async (kept: readonly Kept[]): Promise<void> => {
    for (const one of [...kept].reverse()) await one.stop();
  };
  const logOf = (what: string): string => path.join(home, `${what}.log`);

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
          Object.values(SEARCH_ATTRIBUTES).map((attribute) => [attribute, 'Keyword']),
        ),
      });
      ports = { port: running.port, uiPort: running.uiPort };
      return running;
    });
    return {
      ...{ home, postgres, temporal, stopThose },
      databaseUrl: postgres.current().url,
      temporalAddress: temporal.current().address,
      own: (what, script, args, log) => keep(what, () => startOwn(what, script, args, log)),
      async stop() {
        await stopThose(started);
        removeState(home);
      },
    };
  } catch (error) {
    await stopThose(started);
    throw error;
  }
}

/** Kills it without warning, and waits until it is there again. */
export async function killKept(name: string, kept: Kept): Promise<void> {
  const { pid: killed } = kept.current();
  killNow(killed);
  await until(async () => {
    if (kept.current().pid === killed) throw new Error(`${name} has not been started again`);
  }, RECOVERY_TIMEOUT_MS);
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

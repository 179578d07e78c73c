/**
 * The running instance of one state directory: who supervises it (`instance.lock`), which processes belong to it and
 * where it can be reached (`run.json`, readable by its user only, since the database's address holds a password).
 * After a kill -9 of the supervisor run.json is what the next start stops the orphans with: first workers and API,
 * so that they end their work in order, then the engines below them, the last started one first.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { lockHolder, tryLock } from './lock.ts';
import { goneWithin, isAlive, sendSignal, stopOrphan, type ProcessIdentity } from './process.ts';
import { directoryError, StartError, systemErrorCode } from './start-error.ts';

/** One process of an instance, and how it wants to be stopped. */
export type InstanceProcess = ProcessIdentity & {
  readonly name: string;
  /** Engines are stopped after everything that uses them. */
  readonly kind: 'engine' | 'worker';
  readonly stopSignal: NodeJS.Signals;
  readonly graceMs: number;
};

/** Where other commands reach the instance. Absent until it is known. */
export type InstanceAddresses = {
  readonly apiUrl?: string;
  readonly temporalAddress?: string;
  readonly temporalUiUrl?: string;
  /** With the password: never print it. */
  readonly databaseUrl?: string;
};

/** A running instance as other commands see it; pid and start token are the supervisor's. */
export type Instance = ProcessIdentity &
  InstanceAddresses & { readonly processes: readonly InstanceProcess[] };

export type ClaimedInstance = {
  /** Notes a process, in place of an earlier one with the same name. Call it right after each start and restart. */
  record(process: InstanceProcess): void;
  /** Adds addresses for `readInstance`. */
  publish(addresses: InstanceAddresses): void;
  /** Gives the state directory back. Everything recorded must have been stopped. */
  release(): void;
};

type RunFile = InstanceAddresses & { readonly processes: readonly InstanceProcess[] };
type Progress = (text: string) => void;

const lockFile = (stateDir: string) => path.join(stateDir, 'instance.lock');
const runFile = (stateDir: string) => path.join(stateDir, 'run.json');

/**
 * Makes this process the supervisor of a state directory and stops what a killed one left behind.
 * @throws StartError when an instance is running there, or its leftovers belong to another user
 */
export async function claimInstance(
  stateDir: string,
  onProgress: Progress = () => {},
): Promise<ClaimedInstance> {
  const lock = tryLock(lockFile(stateDir));
  if (!lock) {
    const holder = lockHolder(lockFile(stateDir));
    throw new StartError(
      `Tain is already running here${holder ? ` (process ${holder.pid})` : ''}.`,
      'Stop it with: ./tain down',
    );
  }
  try {
    await stopLeftovers((await readRunFile(stateDir))?.processes ?? [], onProgress);
    let state: RunFile = { processes: [] };
    const save = (next: RunFile) => writeRunFile(stateDir, (state = next));
    save(state);
    return {
      record: (process) => save({ ...state, processes: withProcess(state.processes, process) }),
      publish: (addresses) => save({ ...state, ...addresses }),
      release: () => {
        rmSync(runFile(stateDir), { force: true });
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * The instance running on a state directory, or null.
 * @throws StartError when it is another user's
 */
export async function readInstance(stateDir: string): Promise<Instance | null> {
  const supervisor = await readable(stateDir, () => lockHolder(lockFile(stateDir)));
  return supervisor && { processes: [], ...(await readRunFile(stateDir)), ...supervisor };
}

/**
 * Stops the instance of a state directory, or what a killed one left behind.
 * @param graceMs how long the supervisor may take to stop everything
 * @throws StartError when it does not stop in time, or is another user's
 */
export async function stopInstance(
  stateDir: string,
  graceMs: number,
  onProgress: Progress = () => {},
): Promise<'stopped' | 'leftovers stopped' | 'not running'> {
  const instance = await readInstance(stateDir);
  if (!instance) {
    if (!(await readRunFile(stateDir))?.processes.some(isAlive)) return 'not running';
    (await claimInstance(stateDir, onProgress)).release();
    return 'leftovers stopped';
  }
  sendSignal(instance.pid, 'SIGTERM');
  if (await goneWithin(instance, graceMs)) return 'stopped';
  throw new StartError(
    `Tain (process ${instance.pid}) has not stopped within ${graceMs / 1000} s.`,
    `Wait a little longer, or end it with kill -9 ${instance.pid} and run ./tain down again: nothing is lost.`,
  );
}

/** Workers at once, since each waits for its own work; then the engines one by one. */
async function stopLeftovers(processes: readonly InstanceProcess[], onProgress: Progress): Promise<void> {
  const alive = processes.filter(isAlive);
  if (alive.length === 0) return;
  onProgress(`Stopping what a killed start left behind: ${alive.map(({ name }) => name).join(', ')}.`);
  const stop = (orphan: InstanceProcess) => stopOrphan(orphan, orphan.stopSignal, orphan.graceMs);
  await Promise.all(alive.filter(({ kind }) => kind === 'worker').map(stop));
  for (const engine of alive.filter(({ kind }) => kind === 'engine').reverse()) await stop(engine);
}

function withProcess(processes: readonly InstanceProcess[], added: InstanceProcess): InstanceProcess[] {
  // Only these fields: callers pass a running engine, which has functions and a password, too.
  const { name, pid, started, kind, stopSignal, graceMs } = added;
  const entry = { name, pid, started, kind, stopSignal, graceMs };
  const known = processes.some((process) => process.name === name);
  return known
    ? processes.map((process) => (process.name === name ? entry : process))
    : [...processes, entry];
}

function writeRunFile(stateDir: string, state: RunFile): void {
  const file = runFile(stateDir);
  try {
    mkdirSync(stateDir, { recursive: true });
    rmSync(`${file}.partial`, { force: true });
    writeFileSync(`${file}.partial`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(`${file}.partial`, file);
  } catch (error) {
    throw directoryError(stateDir, error) ?? error;
  }
}

async function readRunFile(stateDir: string): Promise<RunFile | null> {
  try {
    return JSON.parse(await readable(stateDir, () => readFile(runFile(stateDir), 'utf8'))) as RunFile;
  } catch (error) {
    // A torn file cannot happen by a kill (it is renamed into place), but by a power cut, after which nobody lives.
    if (systemErrorCode(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

async function readable<T>(stateDir: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (systemErrorCode(error) !== 'EACCES') throw error;
    throw new StartError(
      `The Tain in ${stateDir} belongs to another user.`,
      'Use this command as that user, or set TAIN_STATE_DIR to a directory of your own.',
      { cause: error },
    );
  }
}

/**
 * What a killed supervisor or postmaster leaves behind on a data directory: a postmaster that runs on without us, or
 * backends that did not notice their postmaster's death yet and keep its shared memory, so that no new one starts.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { goneWithin, identifyProcess, sendSignal, stopOrphan, type ProcessIdentity } from './process.ts';

/** A fast shutdown writes a checkpoint, which takes as long as the disk takes. */
export const FAST_SHUTDOWN_MS = 60_000;

/**
 * Stops every PostgreSQL process on the data directory. Only the holder of its lock may call this.
 * @returns whether there was any
 */
export async function stopLeftovers(data: string): Promise<boolean> {
  const postmaster = findPostmaster(data);
  if (postmaster) await stopPostmaster(postmaster);
  const backends = processesIn(data);
  for (const backend of backends) await stopOrphan(backend, 'SIGQUIT', 5000);
  // With nobody left, a pid file is stale. Postgres would trust it if another program of its user had that pid now.
  rmSync(path.join(data, 'postmaster.pid'), { force: true });
  return postmaster !== null || backends.length > 0;
}

async function stopPostmaster(postmaster: ProcessIdentity): Promise<void> {
  sendSignal(postmaster.pid, 'SIGINT');
  if (!(await goneWithin(postmaster, FAST_SHUTDOWN_MS))) await stopOrphan(postmaster, 'SIGQUIT', 10_000);
}

function findPostmaster(data: string): ProcessIdentity | null {
  let pid: number;
  try {
    pid = Number(readFileSync(path.join(data, 'postmaster.pid'), 'latin1').split('\n')[0]);
  } catch {
    return null;
  }
  const started = pid > 1 ? identifyProcess(pid) : null;
  return started !== null && worksOn(pid, data) ? { pid, started } : null;
}

/** The pid may be another program's by now. The working directory holds even if the directory has been renamed. */
function worksOn(pid: number, data: string): boolean {
  if (workingDirectory(pid) === realpathSync(data)) return true;
  const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout?.includes(`-D ${data}`) ?? false;
}

/** Every PostgreSQL process works in its data directory. Only Linux tells. */
function processesIn(data: string): ProcessIdentity[] {
  if (process.platform !== 'linux') return [];
  let directory: string;
  try {
    directory = realpathSync(data);
  } catch {
    return [];
  }
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || workingDirectory(pid) !== directory || !isPostgres(pid)) return [];
    const started = identifyProcess(pid);
    return started === null ? [] : [{ pid, started }];
  });
}

/** A person's shell may stand in the data directory, too. */
function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim() === 'postgres';
  } catch {
    return false;
  }
}

function workingDirectory(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

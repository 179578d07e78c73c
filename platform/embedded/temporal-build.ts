/**
 * Builds the Temporal CLI with Go from the pinned module in `infra/engines/temporal`: every dependency is verified
 * against its go.sum. Runs once per machine and version; a lock keeps two checkouts from building at the same time.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockHolder, tryLock, type Lock } from './lock.ts';
import { directoryError, StartError } from './start-error.ts';

export const TEMPORAL_MODULE_DIR = path.resolve(import.meta.dirname, '../../infra/engines/temporal');

const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
const MIN_GO = [1, 26, 4] as const;

type BuildOptions = {
  readonly go: string;
  /** Path of the finished binary; its directory holds the lock and the unfinished one. */
  readonly target: string;
  /** What `temporal --version` will say. */
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (text: string) => void;
  readonly signal?: AbortSignal;
};

/**
 * A Go that can build the module, or what is wrong with it. Asked in the module's folder, where an older Go first
 * fetches the version that go.mod demands, unless it is told not to.
 */
export function goToolchain(env: NodeJS.ProcessEnv): { command: string } | { problem: string } {
  let problem = 'Go is not installed';
  for (const command of ['go', '/usr/local/go/bin/go', '/opt/homebrew/bin/go']) {
    const asked = { cwd: TEMPORAL_MODULE_DIR, env: goEnv(env), encoding: 'utf8', timeout: 120_000 } as const;
    const { status, stdout, stderr, error } = spawnSync(command, ['version'], asked);
    if (error) continue;
    const version = /go version go(\d+)\.(\d+)(?:\.(\d+))?/.exec(stdout ?? '');
    const numbers = version?.slice(1).map((part) => Number(part ?? 0)) ?? [];
    if (status === 0 && version && isAtLeast(numbers, MIN_GO)) return { command };
    problem = `Go is too old: ${(version?.[0] ?? stderr).trim()}`;
  }
  return { problem };
}

function isAtLeast(version: readonly number[], least: readonly number[]): boolean {
  for (const [index, wanted] of least.entries()) {
    const part = version[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

/** A go.work above the checkout must not take part, nor flags that contradict ours. */
function goEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, GOWORK: 'off', GOFLAGS: '', CGO_ENABLED: '0' };
}

/**
 * Builds into `target`, or waits for another process that does.
 * @throws StartError with Go's last lines
 */
export async function buildTemporal(options: BuildOptions): Promise<void> {
  const dir = path.dirname(options.target);
  try {
    mkdirSync(dir, { recursive: true });
  } catch (error) {
    throw directoryError(dir, error) ?? error;
  }
  const lock = await waitForLock(path.join(dir, 'build.lock'), options);
  if (!lock) return;
  const unfinished = path.join(dir, `temporal-${process.pid}.partial`);
  try {
    for (const name of readdirSync(dir))
      if (name.endsWith('.partial')) rmSync(path.join(dir, name), { force: true });
    await runGo(options, unfinished);
    renameSync(unfinished, options.target);
  } finally {
    rmSync(unfinished, { force: true });
    lock.release();
  }
}

/** Null when the binary appeared meanwhile. */
async function waitForLock(file: string, { target, onProgress, signal }: BuildOptions): Promise<Lock | null> {
  for (let announced = false; ; announced = true) {
    if (existsSync(target)) return null;
    const lock = tryLock(file);
    if (lock && existsSync(target)) {
      lock.release();
      return null;
    }
    if (lock) return lock;
    if (!announced)
      onProgress(`Waiting for process ${lockHolder(file)?.pid ?? ''}, which builds the Temporal server.`);
    await sleep(500, undefined, signal ? { signal } : {});
  }
}

function runGo(
  { go, target, version, env, onProgress, signal }: BuildOptions,
  output: string,
): Promise<void> {
  const ldflags = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${version}`;
  const args = [
    'build',
    '-v',
    '-mod=readonly',
    '-buildvcs=false',
    '-trimpath',
    '-ldflags',
    ldflags,
    '-o',
    output,
    PACKAGE,
  ];
  const child = spawn(go, args, {
    cwd: TEMPORAL_MODULE_DIR,
    env: withWritableCaches(go, goEnv(env), path.dirname(target)),
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(signal && { signal }),
  });
  const lines: string[] = [];
  const progress = showProgress(onProgress);
  createInterface({ input: child.stderr }).on('line', (line) => {
    progress.count(line);
    lines.push(line);
    if (lines.length > 8) lines.shift();
  });
  return new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) return resolve();
      const help = 'Look at the lines above, or install the Temporal CLI, or set TEMPORAL_ADDRESS.';
      const text = lines.join('\n');
      reject(
        directoryError(path.dirname(target), text) ??
          new StartError(`Go could not build Temporal:\n${text}`, help),
      );
    });
  }).finally(progress.end);
}

/** Go refuses to work without a home; a service account may have none that can be written. */
function withWritableCaches(go: string, env: NodeJS.ProcessEnv, dir: string): NodeJS.ProcessEnv {
  const asked = spawnSync(go, ['env', 'GOCACHE', 'GOMODCACHE'], { env, encoding: 'utf8' });
  const [cache = '', modules = ''] = (asked.stdout ?? '').split('\n');
  return {
    ...env,
    ...(!canMake(cache) && { GOCACHE: path.join(dir, 'go-build') }),
    ...(!canMake(modules) && { GOMODCACHE: path.join(dir, 'go-mod'), GOPATH: path.join(dir, 'go') }),
  };
}

function canMake(dir: string): boolean {
  if (!path.isAbsolute(dir)) return false;
  try {
    mkdirSync(dir, { recursive: true });
    const probe = path.join(dir, `.tain-${process.pid}`);
    mkdirSync(probe);
    rmSync(probe, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

/** Reports every two seconds what Go has done so far: it prints a line per module fetched and per package compiled. */
function showProgress(onProgress: (text: string) => void) {
  const begun = Date.now();
  let modules = 0;
  let packages = 0;
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - begun) / 1000);
    const done = packages > 0 ? `${packages} packages compiled` : `${modules} modules downloaded`;
    onProgress(`Building the Temporal server (once, about three minutes): ${done}, ${seconds} s`);
  }, 2000);
  return {
    count: (line: string) => {
      if (line.startsWith('go: downloading')) modules += 1;
      else if (!line.startsWith('go: ')) packages += 1;
    },
    end: () => clearInterval(timer),
  };
}

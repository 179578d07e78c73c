/**
 * Builds programs with Go from pinned modules of ours below `infra/engines`: every dependency is verified against the
 * module's go.sum. Runs once per machine and version; a lock keeps two checkouts from building at the same time.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockHolder, tryLock, type Lock } from './lock.ts';
import { directoryError, StartError } from './start-error.ts';

/** A program and the module of ours that pins it. */
export type GoProgram = {
  /** As people call it, for progress and errors: "the Temporal server". */
  readonly title: string;
  /** The folder of go.mod and go.sum. */
  readonly moduleDir: string;
  readonly packagePath: string;
  /** What the linker puts into variables of the program: package.Variable=value. */
  readonly variables: readonly string[];
  /** Whether it is built faster and runs slower: without functions put into others. */
  readonly isPlain?: boolean;
  /** In words: "about three minutes". */
  readonly duration: string;
  /** What else can be done when it cannot be built. */
  readonly alternative: string;
};

/** The first Go that builds all of the modules, as their go.mod files say. */
const MIN_GO = [1, 26, 4] as const;

type BuildOptions = {
  readonly go: string;
  readonly program: GoProgram;
  /** Path of the finished binary; its directory holds the lock and the unfinished one. */
  readonly target: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (text: string) => void;
  readonly signal?: AbortSignal;
};

/**
 * A Go that can build the module, or what is wrong with it. Asked in the module's folder, where an older Go first
 * fetches the version that go.mod demands, unless it is told not to.
 */
export function goToolchain(
  moduleDir: string,
  env: NodeJS.ProcessEnv,
): { command: string } | { problem: string } {
  let problem = 'Go is not installed';
  for (const command of ['go', '/usr/local/go/bin/go', '/opt/homebrew/bin/go']) {
    const asked = { cwd: moduleDir, env: goEnv(env), encoding: 'utf8', timeout: 120_000 } as const;
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

/** Names what a module builds on this platform: another lock file or other variables, another name. */
export function buildKey(moduleDir: string, variables: readonly string[] = []): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(path.join(moduleDir, file)));
  hash.update(`${process.platform}-${process.arch}`).update(variables.join(' '));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Builds into `target`, or waits for another process that does.
 * @throws StartError with Go's last lines
 */
export async function buildGoProgram(options: BuildOptions): Promise<void> {
  const dir = path.dirname(options.target);
  try {
    mkdirSync(dir, { recursive: true });
  } catch (error) {
    throw directoryError(dir, error) ?? error;
  }
  const lock = await waitForLock(path.join(dir, 'build.lock'), options);
  if (!lock) return;
  const unfinished = path.join(dir, `${path.basename(options.target)}-${process.pid}.partial`);
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
async function waitForLock(
  file: string,
  { program, target, onProgress, signal }: BuildOptions,
): Promise<Lock | null> {
  for (let announced = false; ; announced = true) {
    if (existsSync(target)) return null;
    const lock = tryLock(file);
    if (lock && existsSync(target)) {
      lock.release();
      return null;
    }
    if (lock) return lock;
    if (!announced)
      onProgress(`Waiting for process ${lockHolder(file)?.pid ?? ''}, which builds ${program.title}.`);
    await sleep(500, undefined, signal ? { signal } : {});
  }
}

function runGo(
  { go, program, target, env, onProgress, signal }: BuildOptions,
  output: string,
): Promise<void> {
  const ldflags = ['-s -w', ...program.variables.map((variable) => `-X ${variable}`)].join(' ');
  const args = [
    'build',
    '-v',
    '-mod=readonly',
    '-buildvcs=false',
    '-trimpath',
    '-ldflags',
    ldflags,
    ...(program.isPlain ? ['-gcflags=all=-l'] : []),
    '-o',
    output,
    program.packagePath,
  ];
  const child = spawn(go, args, {
    cwd: program.moduleDir,
    env: withWritableCaches(go, goEnv(env), path.dirname(target)),
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(signal && { signal }),
  });
  const lines: string[] = [];
  const progress = showProgress(program, onProgress);
  createInterface({ input: child.stderr }).on('line', (line) => {
    progress.count(line);
    lines.push(line);
    if (lines.length > 8) lines.shift();
  });
  return new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) return resolve();
      const help = `Look at the lines above, or ${program.alternative}.`;
      const text = lines.join('\n');
      reject(
        directoryError(path.dirname(target), text) ??
          new StartError(`Go could not build ${program.title}:\n${text}`, help),
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
function showProgress({ title, duration }: GoProgram, onProgress: (text: string) => void) {
  const begun = Date.now();
  let modules = 0;
  let packages = 0;
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - begun) / 1000);
    const done = packages > 0 ? `${packages} packages compiled` : `${modules} modules downloaded`;
    onProgress(`Building ${title} (once, ${duration}): ${done}, ${seconds} s`);
  }, 2000);
  return {
    count: (line: string) => {
      if (line.startsWith('go: downloading')) modules += 1;
      else if (!line.startsWith('go: ')) packages += 1;
    },
    end: () => clearInterval(timer),
  };
}

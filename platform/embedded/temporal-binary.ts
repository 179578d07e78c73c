/**
 * Finds a Temporal CLI, whose `server start-dev` is the embedded server: one that was named, one that is installed,
 * one from our cache, the official download, or one built here from the Go module in `infra/engines/temporal`.
 * Downloads and builds land in the user's cache under a hash of that module's lock file, so all checkouts of one
 * version share one copy, and appear there in one step (rename), so an interrupted one is simply made again.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { downloadFile } from './download.ts';
import { buildGoProgram, buildKey, goToolchain, type GoProgram } from './go-build.ts';
import { StartError } from './start-error.ts';

export type TemporalSource = 'path' | 'cache' | 'download' | 'built';
export type TemporalBinary = { readonly path: string; readonly source: TemporalSource };

export type FindTemporalOptions = {
  readonly onProgress?: (text: string) => void;
  /** Looked up: TEMPORAL_CLI_PATH, PATH, HOME, XDG_CACHE_HOME, the proxy variables; handed to Go. */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends a download or a build. */
  readonly signal?: AbortSignal;
};

/** The release that is downloaded or built. */
export const TEMPORAL_CLI_VERSION = '1.8.2';
/** Older servers lack priorities, fairness and rate limits of task queues. */
const MIN_SERVER = [1, 30];
const SERVER: GoProgram = {
  title: 'the Temporal server',
  moduleDir: path.resolve(import.meta.dirname, '../../infra/engines/temporal'),
  packagePath: 'github.com/temporalio/cli/cmd/temporal',
  // What `temporal --version` will say.
  variables: [`github.com/temporalio/cli/internal/temporalcli.Version=${TEMPORAL_CLI_VERSION}`],
  duration: 'about three minutes',
  alternative: 'install the Temporal CLI, or set TEMPORAL_ADDRESS',
};
const CONNECT_MS = 5000;
const DOWNLOAD_MS = 180_000;

/**
 * The first Temporal CLI out of: TEMPORAL_CLI_PATH, `temporal` on PATH with server 1.30 or later, the cache, the
 * official download, a build with Go (about three minutes, once).
 * @throws StartError listing the ways to get one
 */
export async function findTemporal(options: FindTemporalOptions = {}): Promise<TemporalBinary> {
  const { env = process.env, onProgress = () => {}, signal } = options;
  const installed = findInstalled(env, onProgress);
  if (installed) return installed;

  const dir = path.join(cacheDir(env), 'temporal', buildKey(SERVER.moduleDir));
  const target = path.join(dir, 'temporal');
  if (serverVersion(target)) return { path: target, source: 'cache' };
  rmSync(target, { force: true });

  const problem = await download(target, { env, onProgress, ...(signal && { signal }) });
  signal?.throwIfAborted();
  if (problem === null) return { path: target, source: 'download' };
  onProgress(`The Temporal CLI could not be downloaded (${problem}); building it with Go.`);

  const go = goToolchain(SERVER.moduleDir, env);
  if ('problem' in go) throw unavailable(`${problem}`, go.problem);
  await buildGoProgram({
    go: go.command,
    program: SERVER,
    target,
    env,
    onProgress,
    ...(signal && { signal }),
  });
  if (!serverVersion(target)) throw unavailable(problem, `the binary built in ${dir} does not run`);
  return { path: target, source: 'built' };
}

function findInstalled(env: NodeJS.ProcessEnv, onProgress: (text: string) => void): TemporalBinary | null {
  const named = env['TEMPORAL_CLI_PATH'];
  if (named) {
    if (serverVersion(named)) return { path: path.resolve(named), source: 'path' };
    throw new StartError(
      `TEMPORAL_CLI_PATH is ${named}, which ${existsSync(named) ? 'is not a Temporal CLI that runs here' : 'does not exist'}.`,
      'Set it to the path of the temporal program, or unset it to let Tain find or get one.',
    );
  }
  const found = findOnPath('temporal', env);
  const version = found === null ? null : serverVersion(found);
  if (found === null || version === null) return null;
  if (isRecent(version)) return { path: found, source: 'path' };
  onProgress(
    `${found} brings Temporal server ${version.join('.')}, too old for Tain (${MIN_SERVER.join('.')} or later).`,
  );
  return null;
}

/** The absolute path of an executable on PATH, or null. */
export function findOnPath(program: string, env: NodeJS.ProcessEnv): string | null {
  for (const dir of (env['PATH'] ?? '').split(path.delimiter).filter(Boolean)) {
    const file = path.resolve(dir, program);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // not in this directory
    }
  }
  return null;
}

/** The server's version out of `temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)`; null when the file does not run. */
function serverVersion(file: string): number[] | null {
  if (!existsSync(file)) return null;
  const { stdout } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 30_000 });
  const version = /Server (\d+)\.(\d+)\.(\d+)/.exec(stdout ?? '');
  return version && version.slice(1).map(Number);
}

function isRecent([major = 0, minor = 0]: number[]): boolean {
  const [minMajor = 0, minMinor = 0] = MIN_SERVER;
  return major > minMajor || (major === minMajor && minor >= minMinor);
}

/**
 * The directory that downloads and builds are kept in: the user's cache, or one below the temporary directory when
 * there is no home that can be written (a service account, a container).
 */
export function cacheDir(env: NodeJS.ProcessEnv): string {
  const home = env['HOME'];
  const cache = env['XDG_CACHE_HOME'] || (home && path.join(home, '.cache'));
  const own = path.join(os.tmpdir(), `tain-cache-${process.getuid?.() ?? 0}`);
  for (const dir of cache && path.isAbsolute(cache) ? [path.join(cache, 'tain'), own] : [own]) {
    if (isOwnAndWritable(dir)) return dir;
  }
  throw new StartError(
    `There is no directory for downloads: neither ${cache ? path.join(cache, 'tain') : 'a home'} nor ${own} can be written.`,
    'Set XDG_CACHE_HOME to a directory that can be written.',
  );
}

/** A program is run from there: below a shared temporary directory only our own directory is trusted. */
function isOwnAndWritable(dir: string): boolean {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    accessSync(dir, constants.W_OK | constants.X_OK);
    return lstatSync(dir).isDirectory() && lstatSync(dir).uid === (process.getuid?.() ?? 0);
  } catch {
    return false;
  }
}

/** Downloads, unpacks and tries the official release; null, or why there is none. */
async function download(
  target: string,
  options: Required<Pick<FindTemporalOptions, 'env' | 'onProgress'>> & { signal?: AbortSignal },
) {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (!arch || !['linux', 'darwin'].includes(process.platform))
    return `no release for ${process.platform} on ${process.arch}`;
  const release = `https://github.com/temporalio/cli/releases/download/v${TEMPORAL_CLI_VERSION}`;
  const url = `${release}/temporal_cli_${TEMPORAL_CLI_VERSION}_${process.platform}_${arch}.tar.gz`;
  const temporary = `${target}-download-${process.pid}`;
  options.onProgress(`Downloading the Temporal CLI ${TEMPORAL_CLI_VERSION} (about 60 MB, once).`);
  try {
    mkdirSync(temporary, { recursive: true });
    const archive = path.join(temporary, 'archive.tar.gz');
    await downloadFile(url, archive, { ...options, connectMs: CONNECT_MS, totalMs: DOWNLOAD_MS });
    await unpack(archive, temporary);
    const file = path.join(temporary, 'temporal');
    if (!serverVersion(file)) return 'the downloaded program does not run here';
    chmodSync(file, 0o755);
    renameSync(file, target);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function unpack(archive: string, dir: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const tar = spawn('tar', ['-xzf', archive, '-C', dir], { stdio: 'ignore' });
    tar.once('error', reject);
    tar.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`tar could not unpack it (${code})`)),
    );
  });
}

function unavailable(downloadProblem: string, buildProblem: string): StartError {
  return new StartError(
    `There is no Temporal server: no temporal on PATH, no download (${downloadProblem}), no build (${buildProblem}).`,
    'Either install the Temporal CLI (https://docs.temporal.io/cli), or install Go 1.26.4 or later and start again, ' +
      'or set TEMPORAL_ADDRESS to a Temporal server of your own.',
  );
}

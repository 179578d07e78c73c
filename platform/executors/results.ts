/**
 * The epilog's part of a run: its logs and results, copied to where they are kept, and proven. The program lists its
 * results in `results/manifest.json`: {"files": [{"path": "model.json", "bytes": 12, "sha256": "…"}]}. What the list
 * says and what lies there are compared file by file; bytes are hashed as they were copied, so that what is kept is
 * what was proven.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { RESULTS_FOLDER, RESULTS_MANIFEST } from '../../contracts/job-run.ts';
import {
  compareResults,
  readManifest,
  type ListedFile,
  type ResultDifference,
  type ResultProblem,
} from '../../domain/gpu-jobs/results.ts';
import { systemErrorCode } from '../embedded/start-error.ts';
import { measureFree } from './disk-use.ts';
import { olderOutput } from './output-limit.ts';

export type CollectedResults = {
  readonly directory: string;
  readonly logs: readonly ListedFile[];
  readonly results: readonly ListedFile[];
  /** Whether the program listed its results at all. */
  readonly listed: boolean;
  /** Where list and files do not say the same; none: proven, if it is listed. */
  readonly differences: readonly ResultDifference[];
};

/** A list of results is small; what is larger is none. */
const MANIFEST_MAX_BYTES = 16 * 1024 ** 2;
const BLOCK_BYTES = 1024 * 1024;

/** What cannot be read for what it is, however often it is tried; a disk that fails is none of it. */
const NEVER_READ: ReadonlySet<string> = new Set([
  ...['EACCES', 'EPERM', 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'],
]);

type CollectLimits = {
  /** Of all results together as they are read, holes in them included: a hole is no hole any more when it is copied. */
  readonly mostBytes: number;
  /** So much stays free on the disk where they are kept. */
  readonly reserveBytes: number;
};

/**
 * Copies logs and results into `directory`, which appears whole or not at all, in place of an earlier one. What is too much
 * or cannot be read is refused by name, like what is no file: nothing that a program leaves behind keeps its run from ending.
 * @param workDir of the run; null when it is not known any more
 * @throws what the disk says; ENOSPC also when less than the reserve would stay free
 */
export async function collectResults(run: {
  readonly logs: readonly string[];
  readonly workDir: string | null;
  readonly directory: string;
  readonly limits: CollectLimits;
}): Promise<CollectedResults> {
  const part = `${run.directory}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(path.join(part, 'logs'), { recursive: true, mode: 0o700 });
  const logs: ListedFile[] = [];
  for (const log of run.logs.flatMap((file) => [olderOutput(file), file])) {
    const name = path.join('logs', path.basename(log));
    const copied = await copyFile(log, path.join(part, name));
    if (copied) logs.push({ path: name, ...copied });
  }
  const source = run.workDir === null ? null : path.join(run.workDir, RESULTS_FOLDER);
  const found =
    source === null ? null : await copyFolder(source, path.join(part, RESULTS_FOLDER), run.limits);
  const manifest =
    source === null || found === null
      ? null
      : await readText(path.join(part, RESULTS_FOLDER, RESULTS_MANIFEST));
  const results = (found?.files ?? []).filter((file) => file.path !== RESULTS_MANIFEST);
  const list = manifest === null ? null : readManifest(manifest);
  const differences = [
    ...(found?.refused ?? []),
    ...(list === null ? [] : 'problem' in list ? [list.problem] : compareResults(list.files, results)),
  ];
  await rm(run.directory, { recursive: true, force: true });
  await rename(part, run.directory);
  return { directory: run.directory, logs, results, listed: manifest !== null, differences };
}

/** All regular files below a folder, copied; what is no file or folder is refused by name. Null: no such folder. */
async function copyFolder(
  source: string,
  target: string,
  { mostBytes, reserveBytes }: CollectLimits,
): Promise<{ files: ListedFile[]; refused: ResultDifference[] } | null> {
  if (!(await lstat(source).catch(() => null))?.isDirectory()) return null;
  const files: ListedFile[] = [];
  const refused: ResultDifference[] = [];
  const refuse = (file: string, problem: ResultProblem, found = ''): void =>
    void refused.push({ file, problem, said: '', found });
  const top = await realpath(source);
  let total = 0;
  const visitFile = async (name: string): Promise<void> => {
    const from = path.join(top, name);
    const { size } = await lstat(from);
    if (total + size > mostBytes) return refuse(name, 'too-large', String(size));
    if ((await measureFree(target)) - size < reserveBytes)
      throw Object.assign(new Error(`There is no room for ${size} bytes of results`), { code: 'ENOSPC' });
    const copied = await copyFile(from, path.join(target, name));
    if (!copied) return refuse(name, 'no-file');
    total += copied.bytes;
    files.push({ path: name, ...copied });
  };
  const visitFolder = async (folder: string): Promise<void> => {
    const entries = await readdir(path.join(top, folder), { withFileTypes: true });
    await mkdir(path.join(target, folder), { recursive: true, mode: 0o700 });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = path.join(folder, entry.name);
      const visit = entry.isDirectory() ? visitFolder : entry.isFile() ? visitFile : null;
      if (visit === null) refuse(name, 'no-file');
      else
        await visit(name).catch((error: unknown) => {
          if (!NEVER_READ.has(systemErrorCode(error) ?? '')) throw error;
          refuse(name, 'unreadable');
        });
    }
  };
  await mkdir(target, { recursive: true, mode: 0o700 });
  await visitFolder('').catch((error: unknown) => {
    if (!NEVER_READ.has(systemErrorCode(error) ?? '')) throw error;
    refuse(RESULTS_FOLDER, 'unreadable');
  });
  return { files, refused };
}

/** Copies a regular file, never what a link leads to; null when it is none. */
async function copyFile(from: string, to: string): Promise<{ bytes: number; sha256: string } | null> {
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => null,
  );
  if (!source) return null;
  try {
    if (!(await source.stat()).isFile()) return null;
    const target = await open(to, 'w', 0o600);
    try {
      const hash = createHash('sha256');
      const buffer = Buffer.allocUnsafe(BLOCK_BYTES);
      let bytes = 0;
      for (;;) {
        const { bytesRead } = await source.read(buffer, 0, buffer.length, bytes);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
        await target.writeFile(buffer.subarray(0, bytesRead));
        bytes += bytesRead;
      }
      return { bytes, sha256: hash.digest('hex') };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Of the copy: what it says is what is kept. '' when it is no file, or too large to be a list. */
async function readText(file: string): Promise<string | null> {
  const stats = await lstat(file).catch(() => null);
  if (!stats) return null;
  return !stats.isFile() || stats.size > MANIFEST_MAX_BYTES ? '' : readFile(file, 'utf8');
}

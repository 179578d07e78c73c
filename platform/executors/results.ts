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
} from '../../domain/gpu-jobs/results.ts';
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

/**
 * Copies logs and results into `directory`, which appears whole or not at all, in place of an earlier one.
 * @param workDir of the run; null when it is not known any more
 */
export async function collectResults(run: {
  readonly logs: readonly string[];
  readonly workDir: string | null;
  readonly directory: string;
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
  const found = source === null ? null : await copyFolder(source, path.join(part, RESULTS_FOLDER));
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
): Promise<{ files: ListedFile[]; refused: ResultDifference[] } | null> {
  if (!(await lstat(source).catch(() => null))?.isDirectory()) return null;
  const files: ListedFile[] = [];
  const refused: ResultDifference[] = [];
  const top = await realpath(source);
  const visit = async (folder: string): Promise<void> => {
    await mkdir(path.join(target, folder), { recursive: true, mode: 0o700 });
    const entries = await readdir(path.join(top, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = path.join(folder, entry.name);
      if (entry.isDirectory()) await visit(name);
      else {
        const copied = entry.isFile() ? await copyFile(path.join(top, name), path.join(target, name)) : null;
        if (copied) files.push({ path: name, ...copied });
        else refused.push({ file: name, problem: 'no-file', said: '', found: '' });
      }
    }
  };
  await visit('');
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

/** Of the copy: what it says is what is kept. '' when it is too large to be a list. */
async function readText(file: string): Promise<string | null> {
  const stats = await lstat(file).catch(() => null);
  if (!stats) return null;
  return stats.size > MANIFEST_MAX_BYTES ? '' : readFile(file, 'utf8');
}

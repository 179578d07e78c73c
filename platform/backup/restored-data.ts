/**
 * Putting the files of a backup into an empty data directory. They are written into a folder of their own there, and take
 * their places when everything else is done; what takes its place is listed first, so that a restore that was killed is
 * undone by the next one.
 */
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { BACKUP_DATA, type BackupFile } from '../../contracts/backup.ts';
import { TainError } from '../../contracts/errors.ts';
import { systemErrorCode } from '../embedded/start-error.ts';
import { syncFolder, writeWholeFile } from '../report-file.ts';
import { placeDataFile } from './data-files.ts';

/** Where files wait below the data directory. Nobody looks into folders that begin with a dot. */
const STAGING = '.restoring';
const FILES = 'files';
const PLACED = 'placed.json';
const MAX_NAMED = 5;

export type RestoredData = {
  /** Writes the files, each as it was. @throws TainError backup.damaged */
  stage(files: readonly BackupFile[], onFile: (count: number) => void): Promise<void>;
  /** Gives them their places. */
  place(): Promise<void>;
  /** Takes all of it away again. */
  undo(): Promise<void>;
  /** Removes what nobody needs any more. */
  finish(): Promise<void>;
};

/**
 * Begins, with what a killed restore left taken away: call it only for an empty database.
 * @throws TainError restore.data-taken when anything else is there
 */
export async function openRestoredData(dataDir: string, backup: string): Promise<RestoredData> {
  const staging = path.join(dataDir, STAGING);
  const staged = path.join(staging, FILES);
  const undo = async (): Promise<void> => {
    for (const name of await readPlaced(staging))
      await rm(path.join(dataDir, name), { recursive: true, force: true });
    await rm(staging, { recursive: true, force: true });
  };
  await undo();
  await mkdir(dataDir, { recursive: true });
  const there = await readdir(dataDir);
  if (there.length > 0)
    throw new TainError('restore.data-taken', {
      ...{ folder: dataDir, count: there.length, names: there.sort().slice(0, MAX_NAMED).join(', ') },
    });
  return {
    undo,
    async stage(files, onFile) {
      await mkdir(staged, { recursive: true });
      let count = 0;
      for (const file of files) {
        const { sha256 } = await placeDataFile(path.join(backup, BACKUP_DATA), staged, file);
        if (sha256 !== file.sha256)
          throw new TainError('backup.damaged', {
            ...{ file: `${BACKUP_DATA}/${file.path}`, about: file.path, what: 'content' },
            ...{ expected: `SHA-256 ${file.sha256}`, found: `SHA-256 ${sha256}` },
          });
        onFile((count += 1));
      }
    },
    async place() {
      const names = await readdir(staged);
      await writeWholeFile(path.join(staging, PLACED), async (append) => {
        await append(Buffer.from(JSON.stringify(names)));
        return 0;
      });
      for (const name of names) await rename(path.join(staged, name), path.join(dataDir, name));
      await syncFolder(dataDir);
    },
    finish: () => rm(staging, { recursive: true, force: true }),
  };
}

async function readPlaced(staging: string): Promise<string[]> {
  try {
    return JSON.parse(await readFile(path.join(staging, PLACED), 'utf8')) as string[];
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

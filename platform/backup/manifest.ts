/** The manifest of a backup, and the proof that the backup is what it says. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { BACKUP_DATA, BACKUP_FORMAT, BACKUP_MANIFEST, type BackupManifest } from '../../contracts/backup.ts';
import { BackupManifestSchema } from '../../contracts/backup.schema.ts';
import { TainError } from '../../contracts/errors.ts';
import { systemErrorCode } from '../embedded/start-error.ts';
import { hashFile } from '../file-hash.ts';

const seal = (facts: Omit<BackupManifest, 'seal'>): string =>
  createHash('sha256').update(JSON.stringify(facts)).digest('hex');

/** The text of a manifest, and its seal. */
export function sealManifest(facts: Omit<BackupManifest, 'seal'>): { text: string; seal: string } {
  const sealed: BackupManifest = { ...facts, seal: seal(facts) };
  return { text: `${JSON.stringify(sealed, null, 1)}\n`, seal: sealed.seal };
}

/**
 * Reads a manifest.
 * @throws TainError `backup.not-found` where there is none: no backup, or one that was never finished;
 *   `backup.newer`, `backup.damaged`
 */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const location = path.join(folder, BACKUP_MANIFEST);
  const text = await readFile(location, 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? ''))
      throw new TainError('backup.not-found', { folder }, { cause: error });
    throw error;
  });
  const damaged = (found: string): TainError =>
    new TainError('backup.damaged', {
      ...{ file: BACKUP_MANIFEST, about: 'manifest', what: 'content' },
      ...{ expected: 'the manifest as it was written', found },
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged((error as Error).message);
  }
  const { format } = (value ?? {}) as { format?: unknown };
  if (typeof format === 'number' && format > BACKUP_FORMAT)
    throw new TainError('backup.newer', { what: 'format', theirs: format, ours: BACKUP_FORMAT });
  const parsed = BackupManifestSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw damaged(`${issue!.path.join('.')}: ${issue!.message}`);
  }
  const { seal: sealed, ...facts } = parsed.data;
  const found = seal(facts);
  if (found !== sealed) throw damaged(`SHA-256 ${found} instead of ${sealed}`);
  return parsed.data;
}

/**
 * Looks whether every file of a backup is there, whole and unchanged, before anything is made of it.
 * @param onBytes called with the bytes looked at so far
 * @throws TainError backup.damaged, naming the file, what it holds, what was expected and what was found
 */
export async function proveBackup(
  folder: string,
  { tables, files }: BackupManifest,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<void> {
  let done = 0;
  const parts = [
    ...tables.map(({ file, table, ...facts }) => ({ file, about: table, ...facts })),
    ...files.map(({ path: place, ...facts }) => ({
      file: `${BACKUP_DATA}/${place}`,
      about: place,
      ...facts,
    })),
  ];
  for (const { file, about, sizeBytes, sha256 } of parts) {
    const location = path.join(folder, file);
    const differs = (what: 'missing' | 'size' | 'content', expected: string, found: string): TainError =>
      new TainError('backup.damaged', { file, about, what, expected, found });
    const stats = await stat(location).catch(() => null);
    if (!stats?.isFile()) throw differs('missing', `${sizeBytes} bytes`, 'no file');
    if (stats.size !== sizeBytes) throw differs('size', `${sizeBytes} bytes`, `${stats.size} bytes`);
    const before = done;
    const found = await hashFile(location, undefined, (bytes) => onBytes((done = before + bytes)));
    if (found !== sha256) throw differs('content', `SHA-256 ${sha256}`, `SHA-256 ${found ?? '?'}`);
  }
}

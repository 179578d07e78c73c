/**
 * An upload into the inbox: streamed to disk, hashed on the way, flushed, then given its name in the day's folder and
 * entered. A broken upload leaves nothing behind.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, mkdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Actor } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import type { UploadResult } from '../contracts/files.schema.ts';
import { folderAt, formatFolderDate, inboxFolder, parseFolderDate } from '../contracts/folders.ts';
import { formatFileId } from '../contracts/lifecycles.ts';
import { registerFile } from '../db/files.ts';
import { hashFile } from '../platform/file-hash.ts';
import type { Sql } from '../platform/postgres.ts';
import { stageUpload } from './upload-staging.ts';

/** An upload that is slower than this on average holds a connection and a file for nothing. */
const MIN_BYTES_PER_SECOND = 1024;

const FILE_NAME = /^(?!\.)[A-Za-z0-9._-]{1,200}(?<!\.part|\.tmp|\.done)$/;

export type ReceiveDependencies = {
  readonly sql: Sql;
  readonly dataDir: string;
  readonly timeZone: string;
  readonly uploadMaxBytes: number;
  /** Time before an upload must have found its pace. */
  readonly clientTimeoutMs: number;
};

export type Upload = {
  readonly name: string;
  /** Folder date, YYYY-MM-DD; absent: today in the configured zone. */
  readonly date?: string | undefined;
  /** Content-Length, 0 when not told. */
  readonly declaredBytes: number;
  readonly by: Actor;
  /** Called before the first byte is read, when nothing speaks against the upload. */
  readonly onWanted: () => void;
};

/** @throws TainError file.name-invalid, file.too-large, file.empty, request.timeout, storage.full */
export async function receiveFile(
  { sql, dataDir, timeZone, uploadMaxBytes, clientTimeoutMs }: ReceiveDependencies,
  body: Readable | undefined,
  { name, date, declaredBytes, by, onWanted }: Upload,
): Promise<UploadResult> {
  if (!FILE_NAME.test(name)) throw new TainError('file.name-invalid', { file: name });
  const tooLarge = (): TainError => new TainError('file.too-large', { file: name, max: uploadMaxBytes });
  if (declaredBytes > uploadMaxBytes) throw tooLarge();
  if (!body) throw new TainError('file.empty', { file: name });

  const folder = date ? formatFolderDate(date) : folderAt(Date.now(), timeZone);
  const relative = inboxFolder(folder);
  await mkdir(path.join(dataDir, relative), { recursive: true });
  const unfinished = await stageUpload(dataDir);
  const hash = createHash('sha256');
  onWanted();
  const started = performance.now();
  let sizeBytes = 0;
  try {
    await pipeline(
      // A refused upload is answered: its connection must outlive the reading of its body.
      body.iterator({ destroyOnReturn: false }),
      async function* (blocks: AsyncIterable<Buffer>) {
        for await (const block of blocks) {
          sizeBytes += block.length;
          if (sizeBytes > uploadMaxBytes) throw tooLarge();
          const elapsedMs = performance.now() - started;
          if (elapsedMs > clientTimeoutMs && (sizeBytes / elapsedMs) * 1000 < MIN_BYTES_PER_SECOND)
            throw new TainError('request.timeout', { seconds: Math.floor(elapsedMs / 1000) });
          hash.update(block);
          yield block;
        }
      },
      createWriteStream(unfinished, { flags: 'wx', flush: true }),
    );
    if (sizeBytes === 0) throw new TainError('file.empty', { file: name });
    const sha256 = hash.digest('hex');
    const taken = await giveName(unfinished, path.join(dataDir, relative), { name, sha256, sizeBytes });
    const arrived = {
      folderDate: parseFolderDate(folder)!,
      sha256,
      fileName: name,
      path: path.posix.join(relative, taken),
      sizeBytes,
    };
    const { isNew } = await registerFile(sql, arrived, by);
    return { id: formatFileId(folder, sha256), name: taken, sizeBytes, isNew };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new TainError('storage.full', { file: name, folder: dataDir }, { cause: error });
  } finally {
    await unlink(unfinished).catch(() => undefined);
  }
}

/**
 * Links the finished file to its name, where the same bytes may lie already. A name that other bytes have gets the
 * hash appended; nothing is overwritten.
 */
async function giveName(
  unfinished: string,
  folder: string,
  { name, sha256, sizeBytes }: { name: string; sha256: string; sizeBytes: number },
): Promise<string> {
  const { name: stem, ext } = path.parse(name);
  const other = `${stem}-${sha256.slice(0, 12)}${ext}`;
  for (const candidate of [name, other]) {
    const place = path.join(folder, candidate);
    try {
      await link(unfinished, place);
      return candidate;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const size = await stat(place).then(
      (found) => found.size,
      () => -1,
    );
    if (size === sizeBytes && (await hashFile(place).catch(() => null)) === sha256) return candidate;
  }
  // Both names are taken, by bytes that somebody has changed: the hash alone is a name too.
  await link(unfinished, path.join(folder, `${sha256}${ext}`)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  return `${sha256}${ext}`;
}

/**
 * An upload into the inbox: streamed to disk, hashed on the way, flushed, then given its name in the day's folder and
 * entered. A broken upload leaves nothing behind, and neither does one that cannot be entered: its name is taken away
 * again. Only a kill between the two leaves a file that nobody has entered; the inbox takes it then, in its own name.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, mkdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Actor } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import type { UploadResult } from '../contracts/files.schema.ts';
import { folderAt, formatFolderDate, inboxFolder, parseFolderDate } from '../contracts/folders.ts';
import { formatFileId } from '../contracts/lifecycles.ts';
import { findFileByRef, registerFile } from '../db/files.ts';
import { hashFile } from '../platform/file-hash.ts';
import type { Sql } from '../platform/postgres.ts';
import { judgeByMarker } from '../platform/done-marker.ts';
import { stageUpload } from './upload-staging.ts';

/** An upload that is slower than this on average holds a connection and a file for nothing. */
const MIN_BYTES_PER_SECOND = 1024;

const DAY_MS = 86_400_000;

const FILE_NAME = /^(?!\.)[A-Za-z0-9._-]{1,200}(?<!\.part|\.tmp|\.done)$/;

export type ReceiveDependencies = {
  readonly sql: Sql;
  readonly dataDir: string;
  readonly timeZone: string;
  readonly uploadMaxBytes: number;
  /** How far from today its folder date may be: every month that files are entered for has tables of its own. */
  readonly dateWindow: { readonly pastDays: number; readonly aheadDays: number };
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

/** @throws TainError file.name-invalid, request.date-outside, file.too-large, file.empty, request.timeout, storage.full */
export async function receiveFile(
  { sql, dataDir, timeZone, uploadMaxBytes, dateWindow, clientTimeoutMs }: ReceiveDependencies,
  body: Readable | undefined,
  { name, date, declaredBytes, by, onWanted }: Upload,
): Promise<UploadResult> {
  if (!FILE_NAME.test(name)) throw new TainError('file.name-invalid', { file: name });
  const tooLarge = (): TainError => new TainError('file.too-large', { file: name, max: uploadMaxBytes });
  if (declaredBytes > uploadMaxBytes) throw tooLarge();
  if (!body) throw new TainError('file.empty', { file: name });

  const today = folderAt(Date.now(), timeZone);
  const folder = date ? formatFolderDate(date) : today;
  checkDate(folder, today, dateWindow);
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
    const received = { folder, name, sha256, sizeBytes };
    const known = await findKnownName({ sql, dataDir }, received);
    const taken = known
      ? { name: known, isLinked: false }
      : await giveName(unfinished, path.join(dataDir, relative), received);
    const isNew = await enter({ sql, dataDir }, received, taken, by);
    return { id: formatFileId(folder, sha256), name: taken.name, sizeBytes, isNew };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new TainError('storage.full', { file: name, folder: dataDir }, { cause: error });
  } finally {
    await unlink(unfinished).catch(() => undefined);
  }
}

/** @throws TainError request.date-outside */
function checkDate(
  folder: string,
  today: string,
  { pastDays, aheadDays }: ReceiveDependencies['dateWindow'],
) {
  const [date, first, last] = [
    parseFolderDate(folder)!,
    addDays(parseFolderDate(today)!, -pastDays),
    addDays(parseFolderDate(today)!, aheadDays),
  ];
  if (date < first || date > last) throw new TainError('request.date-outside', { date, first, last });
}

const addDays = (date: string, count: number): string =>
  new Date(Date.parse(date) + count * DAY_MS).toISOString().slice(0, 10);

type Received = {
  /** yyyymmdd */
  readonly folder: string;
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
};

/** `isLinked`: the name is of this upload's making. */
type Taken = { readonly name: string; readonly isLinked: boolean };

type Places = Pick<ReceiveDependencies, 'sql' | 'dataDir'>;

/** Enters a file that lies under its name, judged by a marker beside it; a name made in vain is taken away again. */
async function enter(
  { sql, dataDir }: Places,
  { folder, name, sha256, sizeBytes }: Received,
  taken: Taken,
  by: Actor,
): Promise<boolean> {
  const place = path.posix.join(inboxFolder(folder), taken.name);
  const location = path.join(dataDir, place);
  try {
    const judged = await judgeByMarker(location, { bytes: sizeBytes, sha256 });
    const folderDate = parseFolderDate(folder)!;
    const arrived = { folderDate, sha256, fileName: name, path: place, sizeBytes, ...judged };
    return (await registerFile(sql, arrived, by)).isNew;
  } catch (error) {
    // It may have been entered all the same: by a commit whose answer was lost, by the inbox or by another upload.
    const entered = await findFileByRef(sql, folder, sha256).catch(() => null);
    if (taken.isLinked && entered?.path !== place) await unlink(location).catch(() => undefined);
    throw error;
  }
}

/** The name under which the same bytes of the same day lie already; null when they are not known or not there. */
async function findKnownName(
  { sql, dataDir }: Places,
  { folder, sha256, sizeBytes }: Received,
): Promise<string | null> {
  const known = await findFileByRef(sql, folder, sha256);
  if (known === null || path.posix.dirname(known.path) !== inboxFolder(folder)) return null;
  const isThere = await holds(path.join(dataDir, known.path), { sha256, sizeBytes });
  return isThere ? path.posix.basename(known.path) : null;
}

async function holds(
  location: string,
  { sha256, sizeBytes }: Pick<Received, 'sha256' | 'sizeBytes'>,
): Promise<boolean> {
  const found = await hashFile(location, ({ size }) => size === sizeBytes).catch(() => null);
  return found === sha256;
}

/**
 * Links the finished file to its name, where the same bytes may lie already. A name that other bytes have gets the
 * hash appended; nothing is overwritten.
 */
async function giveName(unfinished: string, folder: string, received: Received): Promise<Taken> {
  const { name, sha256 } = received;
  const { name: stem, ext } = path.parse(name);
  // Where both names are taken, by bytes that somebody has changed, the hash alone is a name too.
  const candidates = [name, `${stem}-${sha256.slice(0, 12)}${ext}`, `${sha256}${ext}`];
  for (const candidate of candidates) {
    const place = path.join(folder, candidate);
    try {
      await link(unfinished, place);
      return { name: candidate, isLinked: true };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await holds(place, received)) return { name: candidate, isLinked: false };
  }
  throw new TainError('file.name-invalid', { file: name });
}

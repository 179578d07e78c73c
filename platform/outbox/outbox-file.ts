/**
 * A file of the outbox as it is delivered: it is opened once, found to be what was written, and read behind that through
 * the same opening, so that a file that takes its place meanwhile is not sent for it.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { TainError } from '../../contracts/errors.ts';
import { splitFields } from '../../domain/csv/fields.ts';
import { elementBySlot, type RecordValues } from '../../domain/swaps/record-content.ts';

const BLOCK_BYTES = 1024 * 1024;

/** What the system says when it may be otherwise by itself, or once somebody has mended it. */
const IN_PASSING: ReadonlySet<string> = new Set(
  'EACCES EPERM EMFILE ENFILE ENOMEM EIO EAGAIN EBUSY EINTR ESTALE ETIMEDOUT'.split(' '),
);

export type OutboxRecord = {
  /** Number in the file, from 1. */
  readonly record: number;
  /** The first column: id of the message. */
  readonly messageId: string;
  readonly elements: RecordValues;
};

export type OutboxFile = {
  /** Records from a number on, in batches. @throws TainError outbox.unreadable when a line is none of ours */
  records(from: number, batch: number): AsyncGenerator<readonly OutboxRecord[]>;
  close(): Promise<void>;
};

/**
 * Opens a file and proves it against what was written.
 * @param written as its row of the outbox says; `sha256` in hex
 * @throws TainError outbox.vanished, outbox.changed, outbox.unreadable; outbox.unavailable, which is worth trying again
 */
export async function openOutboxFile(written: {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
}): Promise<OutboxFile> {
  const { name: file, path: location, sha256: expected } = written;
  const handle = await open(location, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new TainError('outbox.vanished', { file, path: location }, { cause: error });
    throw new TainError(
      IN_PASSING.has(code) ? 'outbox.unavailable' : 'outbox.unreadable',
      { file, reason: code },
      { cause: error },
    );
  });
  try {
    if (!(await handle.stat()).isFile())
      throw new TainError('outbox.unreadable', { file, reason: 'no file' });
    const actual = await hashAll(handle);
    if (actual !== expected) throw new TainError('outbox.changed', { file, expected, actual });
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    records: (from, batch) => readRecords(handle, file, from, batch),
    close: () => handle.close(),
  };
}

async function hashAll(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(BLOCK_BYTES);
  for (let at = 0; ;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

async function* readRecords(
  handle: FileHandle,
  file: string,
  from: number,
  batch: number,
): AsyncGenerator<readonly OutboxRecord[]> {
  const fail = (line: number): TainError =>
    new TainError('outbox.unreadable', { file, reason: `line ${line}` });
  let columns: readonly string[] | null = null;
  let record = 0;
  let records: OutboxRecord[] = [];
  for await (const text of readLines(handle)) {
    if (columns !== null && record + 1 < from) {
      record += 1;
      continue;
    }
    const fields = splitFields(text);
    if (!Array.isArray(fields)) throw fail(record + 2);
    if (columns === null) {
      columns = fields;
      continue;
    }
    record += 1;
    if (fields.length !== columns.length || fields[0] === '') throw fail(record + 1);
    records.push({ record, messageId: fields[0]!, elements: readElements(columns, fields) });
    if (records.length < batch) continue;
    yield records;
    records = [];
  }
  if (records.length > 0) yield records;
}

function readElements(columns: readonly string[], fields: readonly string[]): RecordValues {
  const elements: Record<string, string | string[]> = {};
  for (let at = 1; at < columns.length; at += 1) {
    const value = fields[at]!;
    const slot = columns[at]!;
    if (value !== '') elements[slot] = elementBySlot.get(slot)?.repeatable ? value.split(';') : value;
  }
  return elements;
}

/** Lines of a file from its beginning, without their breaks; no value has a line break in it. */
async function* readLines(handle: FileHandle): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  const buffer = Buffer.allocUnsafe(BLOCK_BYTES);
  let rest = '';
  for (let at = 0; ;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    at += bytesRead;
    const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: bytesRead > 0 })).split(
      '\n',
    );
    rest = lines.pop()!;
    yield* lines;
    if (bytesRead === 0) break;
  }
  if (rest !== '') yield rest;
}

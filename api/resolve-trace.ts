/** What an identifier names, as places of input: the one thing that everything else hangs on. */
import path from 'node:path';
import { TainError } from '../contracts/errors.ts';
import { parseFileId } from '../contracts/lifecycles.ts';
import { sourceOf } from '../db/file-events.ts';
import { findFileByRef, type FileRow } from '../db/files.ts';
import { findOutboxFile, readMessages, type MessageRow, type OutboxFileRow } from '../db/outbound-views.ts';
import { readSwap } from '../db/swaps.ts';
import { findSource, readSources, type EventPlace, type TracedPlace } from '../db/trace.ts';
import { firstFields } from '../platform/find-lines.ts';
import type { Sql } from '../platform/postgres.ts';
import { readAsOf } from './views/swaps.ts';

export type Page = { readonly after: number; readonly limit: number };

export type Resolved = {
  readonly kind: 'swap' | 'portfolio' | 'file' | 'record' | 'message' | 'outbox-file';
  /** Of this page. */
  readonly places: readonly TracedPlace[];
  readonly total: number;
  /** What a person calls it, where that is not the identifier. */
  readonly name: string;
  /** The message that was asked for. */
  readonly message: string | null;
  readonly outboxFile: OutboxFileRow | null;
};

const MESSAGE_ID = /^4[35]-[0-9a-f]{24}$/;
/** A source, and the number of a record or message in it. */
const PLACE = /^(.+)\/([1-9]\d{0,14})$/;

type Context = { readonly sql: Sql; readonly dataDir: string };

/**
 * Finds what an identifier names.
 * @throws TainError trace.not-found
 */
export async function resolveTrace(context: Context, id: string, page: Page): Promise<Resolved> {
  const found =
    (await resolveMessage(context, id)) ??
    (await resolveFile(context, id, page)) ??
    (await resolveOutboxFile(context, id, page)) ??
    (await resolveSwap(context, id, page)) ??
    (await resolvePlace(context, id));
  if (found === null) throw new TainError('trace.not-found', { id });
  return found;
}

const plain = (id: string) => ({ name: id, message: null, outboxFile: null });

async function resolveMessage({ sql }: Context, id: string): Promise<Resolved | null> {
  if (!MESSAGE_ID.test(id)) return null;
  const rows = await readMessages(sql, [id]);
  if (rows.length === 0) return null;
  return { ...plain(id), kind: 'message', places: await placesOf(sql, rows), total: 1, message: id };
}

async function resolveFile({ sql }: Context, id: string, page: Page): Promise<Resolved | null> {
  const ref = parseFileId(id);
  const file = ref && (await findFileByRef(sql, ref.folderDate, ref.sha256Prefix));
  if (!file) return null;
  const total = file.state === 'published' ? file.read_count : 0;
  const places = numbersOf(page, total).map((position) => placeIn(file, position));
  return { ...plain(id), kind: 'file', places, total, name: file.file_name };
}

async function resolveOutboxFile(
  { sql, dataDir }: Context,
  name: string,
  { after, limit }: Page,
): Promise<Resolved | null> {
  const file = await findOutboxFile(sql, name);
  if (file === null) return null;
  // The header is line 1.
  const ids = await firstFields(path.resolve(dataDir, file.path), { from: after + 2, count: limit }).catch(
    noFile,
  );
  const places = await placesOf(sql, await readMessages(sql, ids));
  return { ...plain(name), kind: 'outbox-file', places, total: file.rows, outboxFile: file };
}

/** A file that is gone, or cannot be read, has no lines to show. */
function noFile(error: unknown): string[] {
  if (error instanceof TainError) return [];
  throw error;
}

async function resolveSwap({ sql }: Context, key: string, { after, limit }: Page): Promise<Resolved | null> {
  const stored = await readSwap(sql, key);
  if (stored === null) return null;
  const { events } = readAsOf(stored, null);
  const page = events.slice(after, after + limit).map((one) => one.stored);
  const { kind } = stored.subject;
  return { ...plain(key), kind, places: await placesOf(sql, page), total: events.length };
}

async function resolvePlace({ sql }: Context, id: string): Promise<Resolved | null> {
  const [, name = '', digits = ''] = PLACE.exec(id) ?? [];
  if (name === '') return null;
  const position = Number(digits);
  const source = await findSource(sql, name);
  if (source !== null) return { ...plain(id), kind: 'record', places: [{ source, position }], total: 1 };
  const ref = parseFileId(name);
  const file = ref && (await findFileByRef(sql, ref.folderDate, ref.sha256Prefix));
  if (!file || file.state !== 'published' || position > file.read_count) return null;
  return { ...plain(id), kind: 'record', places: [placeIn(file, position)], total: 1 };
}

const placeIn = (file: FileRow, position: number): TracedPlace => ({ source: sourceOf(file), position });

const numbersOf = ({ after, limit }: Page, total: number): number[] =>
  Array.from({ length: Math.max(0, Math.min(limit, total - after)) }, (_, at) => after + at + 1);

async function placesOf(sql: Sql, events: readonly (EventPlace | MessageRow)[]): Promise<TracedPlace[]> {
  const sources = await readSources(
    sql,
    events.map(({ sourceId }) => sourceId),
  );
  return events.flatMap(({ sourceId, position }) => {
    const source = sources.get(sourceId);
    return source === undefined ? [] : [{ source, position }];
  });
}

/** What is kept of a record from its bytes to its outcomes, by the place that it came from. */
import type { Sql } from 'postgres';
import type { Issue } from '../contracts/issues.ts';
import { sourceName, type EventSource } from '../domain/swaps/event-source.ts';
import { numberArray, textArray } from './arrays.ts';

/** A record of a file, or a message of a feed. */
export type TracedPlace = { readonly source: EventSource; readonly position: number };

/** Bytes of a record that a trace shows. */
export const SHOWN_BYTES = 4000;

export type TracedRow = {
  readonly fileName: string | null;
  readonly line: number | null;
  readonly byteOffset: number | null;
  readonly byteLength: number | null;
  readonly receivedAt: Date | null;
  /** Null like the verdict when the input was taken out, and the bytes also when they were too many to be kept. */
  readonly raw: Buffer | null;
  readonly verdict: 'accepted' | 'rejected' | null;
  /** JSON; null when nothing was said. */
  readonly issues: string | null;
  /** The record that it was sent to correct, as its sender names it. */
  readonly corrects: string | null;
  /** Of the event in the ledger; null, like what follows, where there is none. */
  readonly sourceId: number | null;
  readonly key: string | null;
  readonly kind: 'swap' | 'portfolio' | null;
  readonly part: 43 | 45 | null;
  readonly elements: string | null;
  readonly acceptedAt: Date | null;
};

/** What is kept of these places, in their order. */
export async function readTraced(sql: Sql, places: readonly TracedPlace[]): Promise<TracedRow[]> {
  const ofFile = <Value>(read: (source: Extract<EventSource, { kind: 'file' }>) => Value) =>
    places.map(({ source }) => (source.kind === 'file' ? read(source) : null));
  const ofFeed = <Value>(read: (source: Extract<EventSource, { kind: 'feed' }>) => Value) =>
    places.map(({ source }) => (source.kind === 'feed' ? read(source) : null));
  return sql<TracedRow[]>`
    select file.file_name as "fileName", record.line_no as line, record.byte_offset as "byteOffset",
      coalesce(record.byte_length, octet_length(journal.raw)) as "byteLength", journal.received_at as "receivedAt",
      substring(coalesce(convert_to(record.raw, 'UTF8'), record.raw_bytes, journal.raw) from 1 for ${SHOWN_BYTES}) as raw,
      coalesce(record.verdict, journal.verdict) as verdict,
      coalesce(record.issues::text, journal.issues::text) as issues, record.corrects,
      hist.source_id as "sourceId", hist.subject_key as key, hist.subject_kind as kind, hist.part, hist.elements,
      hist.accepted_at as "acceptedAt"
    from unnest(
      ${textArray(places.map(({ source }) => sourceName(source)))}::text[],
      ${numberArray(places.map(({ position }) => position))}::bigint[],
      ${numberArray(ofFile(({ fileId }) => fileId))}::bigint[],
      ${numberArray(ofFile(({ revision }) => revision))}::integer[],
      ${textArray(ofFeed(({ feed }) => feed))}::text[], ${textArray(ofFeed(({ session }) => session))}::text[]
    ) with ordinality as wanted (name, position, file_id, revision, feed, session, place)
    left join tb_bat_file_mst as file on file.file_id = wanted.file_id
    left join tb_bat_file_hist as record on record.folder_date = file.folder_date and record.file_id = file.file_id
      and record.revision = wanted.revision and record.record_no = wanted.position
    left join feed_journal as journal on journal.feed = wanted.feed and journal.session = wanted.session
      and journal.sequence = wanted.position
    left join ledger_source as source on source.name = wanted.name
    left join tb_on_hist as hist on hist.source_id = source.source_id and hist.position = wanted.position
    order by wanted.place`;
}

/** The number of an event's source, and the event's place in it. */
export type EventPlace = { readonly sourceId: number; readonly position: number };

/** Which file or session these sources are, by their numbers. */
export async function readSources(sql: Sql, sourceIds: readonly number[]): Promise<Map<number, EventSource>> {
  const rows = await sql<
    {
      id: number;
      name: string;
      fileId: number | null;
      revision: number | null;
      feed: string | null;
      session: string | null;
    }[]
  >`
    select source_id as id, name, file_id as "fileId", revision, feed, session
    from ledger_source where source_id = any (${numberArray([...new Set(sourceIds)])}::bigint[])`;
  return new Map(
    rows.map(({ id, name, fileId, revision, feed, session }) => [
      id,
      feed !== null && session !== null
        ? { kind: 'feed', feed, session }
        : { kind: 'file', name: name.split('.', 1)[0]!, fileId: fileId!, revision: revision! },
    ]),
  );
}

/** The source of this name; null when the ledger has taken nothing from it. */
export async function findSource(sql: Sql, name: string): Promise<EventSource | null> {
  const [row] = await sql<{ id: number }[]>`select source_id as id from ledger_source where name = ${name}`;
  return row ? ((await readSources(sql, [row.id])).get(row.id) ?? null) : null;
}

export type OutcomeRevision = EventPlace & {
  readonly revision: number;
  readonly outcome: 'applied' | 'duplicate' | 'conflict' | 'pending' | 'violated';
  readonly issues: readonly Issue[] | null;
  readonly decidedAt: Date;
};

/** Every judgement of these events, the first one first. */
export async function readOutcomeRevisions(
  sql: Sql,
  events: readonly EventPlace[],
): Promise<OutcomeRevision[]> {
  return sql<OutcomeRevision[]>`
    select source_id as "sourceId", position, revision, outcome, issues, decided_at as "decidedAt"
    from unnest(
      ${numberArray(events.map(({ sourceId }) => sourceId))}::bigint[],
      ${numberArray(events.map(({ position }) => position))}::bigint[]
    ) as wanted (source_id, position)
    join event_outcome using (source_id, position)
    order by source_id, position, revision`;
}

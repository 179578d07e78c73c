/** What a replay made beside what is stored: messages and figures of the day, and where the bytes of their records are. */
import type { Sql } from 'postgres';
import { placeOf } from '../domain/swaps/event-source.ts';
import type { Subject } from '../domain/swaps/swap-event.ts';
import type { RecordPlace } from '../contracts/day-replay.ts';
import { numberArray, textArray } from './arrays.ts';
import type { DayVersionRow } from './days.ts';
import { fileIdOf } from './file-audit.ts';
import type { OutboxFileRow } from './outbox-files.ts';

/** What a message is sent with beside its record, as text. */
export type MessageFacts = Readonly<
  Record<'kind' | 'assetClass' | 'submitter' | 'reportedAt', string | null>
>;

export type MessageDifference = Subject & {
  readonly id: string;
  /** Of its event. */
  readonly source: string;
  readonly position: number;
  /** Null: there was none, or none comes out. */
  readonly stored: MessageFacts | null;
  readonly replayed: MessageFacts | null;
};

/** Messages of a version that are not the same again, by id. @returns how many there are, and the first of them */
export async function compareMessages(
  sql: Sql,
  { business_date: date, version }: DayVersionRow,
  limit: number,
): Promise<{ readonly differing: number; readonly messages: readonly MessageDifference[] }> {
  const facts = sql`
    json_build_object('kind', kind, 'assetClass', asset_class, 'submitter', submitter,
      'reportedAt', to_char(reported_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))::text`;
  const own = sql`part = 45 and attempt = 1 and business_date = ${date} and day_version = ${version}`;
  const columns = sql`message_id, subject_key, subject_kind, name, position, ${facts} as facts`;
  const rows = await sql<
    (Omit<MessageDifference, 'stored' | 'replayed'> & { all: number; stored: string; replayed: string })[]
  >`
    select id, key, kind, source, position, stored, replayed, count(*) over () as all from (
      select message_id as id, coalesce(was.subject_key, now.subject_key) as key,
        coalesce(was.subject_kind, now.subject_kind) as kind, coalesce(was.name, now.name) as source,
        coalesce(was.position, now.position) as position, was.facts as stored, now.facts as replayed
      from (select ${columns} from stored_outbound_message join stored_ledger_source using (source_id) where ${own}) as was
      full join (select ${columns} from outbound_message join ledger_source using (source_id) where ${own}) as now
        using (message_id)
    ) as beside
    where stored is distinct from replayed order by id limit ${limit}`;
  const parse = (text: string | null) => text && (JSON.parse(text) as MessageFacts);
  return {
    differing: rows[0]?.all ?? 0,
    messages: rows.map(({ all: _, stored, replayed, ...row }) => ({
      ...row,
      stored: parse(stored) || null,
      replayed: parse(replayed) || null,
    })),
  };
}

/** Events of messages, made or stored, by the id of the message. */
export async function findEventsOf(
  sql: Sql,
  messageIds: readonly string[],
): Promise<Map<string, Subject & { readonly source: string; readonly position: number }>> {
  const rows = await sql<(Subject & { id: string; source: string; position: number })[]>`
    select distinct on (message_id) message_id as id, subject_key as key, subject_kind as kind, name as source, position
    from (
      select message_id, subject_key, subject_kind, name, position
      from outbound_message join ledger_source using (source_id)
      where message_id = any(${textArray(messageIds)}::text[])
      union all
      select message_id, subject_key, subject_kind, name, position
      from stored_outbound_message join stored_ledger_source using (source_id)
      where message_id = any(${textArray(messageIds)}::text[])
    ) as message`;
  return new Map(rows.map(({ id, ...row }) => [id, row]));
}

type PlaceRow = {
  readonly source: string;
  readonly position: number;
  readonly feed: string | null;
  readonly session: string | null;
  readonly file: string | null;
  readonly folder_date: string;
  readonly sha256: string;
  readonly line: number | null;
  readonly offset: number | null;
};

/** Where the bytes of events are kept, by place ("source/position"); what nobody knows any more is left out. */
export async function findRecordPlaces(
  sql: Sql,
  events: readonly { readonly source: string; readonly position: number }[],
): Promise<Map<string, RecordPlace>> {
  const rows = await sql<PlaceRow[]>`
    select wanted.source, wanted.position, feed, session, file_name as file, file.folder_date, sha256, line_no as line,
      byte_offset as offset
    from unnest(
      ${textArray(events.map(({ source }) => source))}::text[],
      ${numberArray(events.map(({ position }) => position))}::bigint[]) as wanted (source, position)
    cross join lateral (
      select file_id, revision, feed, session from stored_ledger_source where name = wanted.source
      union all select file_id, revision, feed, session from ledger_source where name = wanted.source limit 1
    ) as source
    left join tb_bat_file_mst as file on file.file_id = source.file_id
    left join tb_bat_file_hist as record on record.folder_date = file.folder_date and record.file_id = file.file_id
      and record.revision = source.revision and record.record_no = wanted.position`;
  return new Map(
    rows.flatMap((row): [string, RecordPlace][] => {
      const place = toRecordPlace(row);
      return place === null ? [] : [[placeOf(row.source, row.position), place]];
    }),
  );
}

function toRecordPlace({ position, feed, session, file: name, ...row }: PlaceRow): RecordPlace | null {
  if (feed !== null) return { kind: 'feed', feed, session: session!, sequence: position };
  if (name === null) return null;
  const { line, offset } = row;
  return { kind: 'file', file: fileIdOf(row), name, record: position, line, offset };
}

/** The files of a version as they were written, by name. */
export async function listStoredFiles(
  sql: Sql,
  { business_date: date, version }: DayVersionRow,
): Promise<OutboxFileRow[]> {
  return sql<OutboxFileRow[]>`
    select * from stored_outbox_file where business_date = ${date} and version = ${version} order by name`;
}

/**
 * The events of a day's cut, swap by swap, with what became of each and what was sent of their swaps before. The ledger may
 * know more of a swap by now than what was cut: what came of its events is then left to `foldCuts`.
 */
import type { ReservedSql, Sql } from 'postgres';
import { placeOf } from '../domain/swaps/event-source.ts';
import type { EventOutcome } from '../domain/swaps/fold-swap.ts';
import { readStoredEvent, type Subject, type SwapEvent } from '../domain/swaps/swap-event.ts';
import type { Part } from '../domain/cftc/action-events.ts';
import { textArray } from './arrays.ts';
import { takeConnection } from './own-connection.ts';
import type { DayVersionRow } from './days.ts';

export type CutEvent = {
  /** As it is stored. */
  readonly subject: Subject;
  readonly sourceId: number;
  readonly position: number;
  readonly event: SwapEvent;
  /** By the ledger as it was when the reading began. */
  readonly outcome: EventOutcome['kind'];
  readonly acceptedAt: Date;
  /** It belongs to an earlier day, and waited. */
  readonly isCarried: boolean;
  /** The ledger knew events of its subject that belong to no day up to this one. */
  readonly hasLater: boolean;
};

type EventRow = Subject &
  Pick<CutEvent, 'sourceId' | 'position' | 'outcome' | 'acceptedAt' | 'isCarried' | 'hasLater'> & {
    readonly n: number;
    readonly name: string;
    readonly part: Part | null;
    readonly hash: string;
    readonly elements: string;
  };

/** More than any swap has in a day, and small enough for a kill to cost little. */
const EVENTS_PER_BATCH = 2000;

/**
 * Reads the events of a cut behind its checkpoint, and those of earlier days that wait, in the order of their subjects.
 * A batch has all events of its subjects, in no order within one. The order is made once, in a temporary table of one
 * connection, so that no transaction lasts longer than a batch.
 */
export async function* readCutEvents(
  sql: Sql,
  version: DayVersionRow,
  eventsPerBatch = EVENTS_PER_BATCH,
): AsyncGenerator<CutEvent[]> {
  const own = await takeConnection(sql);
  const { sql: connection } = own;
  try {
    await own.answer(orderEvents(connection, version));
    let next = await own.answer(readBatch(connection, 0, eventsPerBatch));
    while (next.length > 0) {
      const rows = next;
      const following = readBatch(connection, rows.at(-1)!.n, eventsPerBatch);
      // Looked at when it is its turn.
      following.catch(() => undefined);
      yield rows.map(toCutEvent);
      next = await own.answer(following);
    }
  } finally {
    const dropped = connection`drop table if exists pg_temp.cut_place, pg_temp.cut_event, pg_temp.later_subject`;
    await own.answer(dropped).catch(() => undefined);
    await own.release();
  }
}

/** Outcomes and who has later events are of one moment: they must fit each other. */
async function orderEvents(connection: ReservedSql, version: DayVersionRow): Promise<void> {
  await connection`drop table if exists pg_temp.cut_place, pg_temp.cut_event, pg_temp.later_subject`;
  await connection`begin isolation level repeatable read`;
  try {
    await copyEvents(connection, version);
    await connection`analyze pg_temp.cut_event`;
    await copyLaterSubjects(connection, version);
    await connection`commit`;
  } catch (error) {
    await connection`rollback`.catch(() => undefined);
    throw error;
  }
  await connection`analyze pg_temp.later_subject`;
}

/**
 * What waits is judged anew only where its subject has further events: without them nothing has become of it. Each step is
 * a statement behind statistics of the one before: whoever plans a day of a million swaps as one of a few makes it last for
 * hours.
 */
async function copyEvents(
  connection: ReservedSql,
  { business_date: date, version, cut_subject: done }: DayVersionRow,
): Promise<void> {
  await connection`
    create temporary table cut_place (
      subject_key text collate "C" not null, source_id bigint not null, position bigint not null,
      is_carried boolean not null)`;
  await connection`
    insert into pg_temp.cut_place
    select hist.subject_key, hist.source_id, hist.position, false
    from cftc_cut_file as cut
    join ledger_source as source on source.file_id = cut.file_id and source.revision = cut.revision
    join tb_on_hist as hist using (source_id)
    where cut.business_date = ${date} and cut.since_version <= ${version}
    union all
    select hist.subject_key, hist.source_id, hist.position, false
    from cftc_cut_feed as cut
    join ledger_source as source on source.feed = cut.feed and source.session = cut.session
    cross join lateral unnest(cut.sequences) as range
    join tb_on_hist as hist on hist.source_id = source.source_id
      and hist.position >= lower(range) and hist.position < upper(range)
    where cut.business_date = ${date} and cut.since_version <= ${version}`;
  await connection`analyze pg_temp.cut_place`;
  await connection`
    insert into pg_temp.cut_place
    select hist.subject_key, hist.source_id, hist.position, true
    from cftc_carried as carried join tb_on_hist as hist using (source_id, position)
    where carried.business_date <> ${date} and carried.settled_on is null
      and hist.subject_key in (select subject_key from pg_temp.cut_place)`;
  await connection`
    create temporary table cut_event (
      n bigint generated always as identity primary key, subject_key text collate "C" not null,
      source_id bigint not null, position bigint not null, is_carried boolean not null, outcome text not null)`;
  await connection`
    insert into pg_temp.cut_event (subject_key, source_id, position, is_carried, outcome)
    select subject_key, source_id, position, is_carried, outcome from pg_temp.cut_place as cut
    cross join lateral (
      select outcome from event_outcome as o
      where o.source_id = cut.source_id and o.position = cut.position order by o.revision desc limit 1
    ) as latest
    where subject_key > ${done ?? ''} or ${done === null}
    order by subject_key, source_id, position`;
  await connection`drop table pg_temp.cut_place`;
  await connection`create index on pg_temp.cut_event (subject_key)`;
}

/**
 * Looks at what is in no cut up to this one: what came since, what fills gaps or lies in later folders, and what a day has
 * that was opened again and is cut anew behind this one.
 */
async function copyLaterSubjects(connection: ReservedSql, { cut_at }: DayVersionRow): Promise<void> {
  await connection`create temporary table later_subject (subject_key text collate "C" primary key)`;
  await connection`
    insert into pg_temp.later_subject (subject_key)
    with later as (
      select source_id, 0::bigint as from_position, null::bigint as to_position from ledger_source as source
      where file_id is not null and not exists (
        select from cftc_cut_file as cut
        join cftc_day using (business_date) join cftc_day_version as day using (business_date, version)
        where cut.file_id = source.file_id and cut.revision = source.revision and day.cut_at <= ${cut_at})
      union all
      select source_id, lower(range), upper(range) from ledger_source as source
      cross join lateral unnest(int8multirange(int8range(1, null)) - coalesce((
        select range_agg(sequences) from cftc_cut_feed as cut
        join cftc_day using (business_date) join cftc_day_version as day using (business_date, version)
        where cut.feed = source.feed and cut.session = source.session and day.cut_at <= ${cut_at}
      ), '{}')) as range
      where feed is not null
    )
    select distinct subject_key from later
    cross join lateral (
      select subject_key from tb_on_hist as hist
      where hist.source_id = later.source_id and hist.position >= from_position
        and hist.position < coalesce(to_position, 9223372036854775807)
      offset 0
    ) as hist
    where subject_key in (select subject_key from pg_temp.cut_event)`;
}

/** Whole subjects: the last one of a batch may make it longer. Rows stand in the order of their subjects. */
const readBatch = (connection: ReservedSql, after: number, limit: number) => connection<EventRow[]>`
  with edge as (
    select max(n) as n from pg_temp.cut_event
    where subject_key = (select subject_key from pg_temp.cut_event where n = ${after + limit})
  )
  select n, hist.subject_key as key, hist.subject_kind as kind, hist.source_id as "sourceId", hist.position, name, part,
    encode(content_hash, 'hex') as hash, elements, accepted_at as "acceptedAt", is_carried as "isCarried", outcome,
    exists (select from pg_temp.later_subject as later where later.subject_key = cut.subject_key) as "hasLater"
  from pg_temp.cut_event as cut
  join tb_on_hist as hist using (source_id, position)
  join ledger_source using (source_id)
  where n > ${after} and n <= coalesce((select n from edge), ${after + limit})
  order by n`;

function toCutEvent({ key, kind, name, part, hash, elements, position, ...row }: EventRow): CutEvent {
  const event = readStoredEvent({ text: elements, place: placeOf(name, position), part, contentHash: hash });
  const { sourceId, outcome, acceptedAt, isCarried, hasLater } = row;
  return { subject: { kind, key }, sourceId, position, event, outcome, acceptedAt, isCarried, hasLater };
}

/** What was sent, or is to be, of a subject before a day. */
export type Sent = Subject & {
  /** #97 of its latest message. */
  readonly last: Date;
  /** Has it a NEWT without an acknowledgement, or a message that waits for one? Its further ones may have to wait then. */
  readonly isOpen: boolean;
  /** Its latest message but for valuations and margin: what a correction corrects. */
  readonly lastTransaction: string | null;
  readonly assetClass: string | null;
  /** Does an event with a message not count any more, because another one takes its place? */
  readonly isTakenOver: boolean;
};

/** What there is of these subjects, of part 45 and other days. */
export async function readSent(sql: Sql, date: string, subjects: readonly Subject[]): Promise<Sent[]> {
  return sql<Sent[]>`
    select key, kind, sent.* from unnest(
      ${textArray(subjects.map(({ key }) => key))}::text[], ${textArray(subjects.map(({ kind }) => kind))}::text[]
    ) as wanted (key, kind)
    cross join lateral (
      select max(reported_at) as last,
        bool_or(state = 'held' or (action = 'NEWT' and state in ('pending', 'sent', 'refused'))) as "isOpen",
        (array_agg(message_id order by reported_at desc, ordinal desc) filter (where m.kind = 'transaction'))[1]
          as "lastTransaction",
        max(asset_class) as "assetClass",
        bool_or((
          select outcome in ('duplicate', 'conflict') from event_outcome as o
          where o.source_id = m.source_id and o.position = m.position order by o.revision desc limit 1
        )) as "isTakenOver"
      from outbound_message as m
      where subject_key = wanted.key and subject_kind = wanted.kind and part = 45 and business_date <> ${date}
      having count(*) > 0
    ) as sent`;
}

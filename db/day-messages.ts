/** Queries on outbound_message: the messages of a day are cut, batch by batch, and read again in their order. */
import type { ReservedSql, Sql, TransactionSql } from 'postgres';
import type { DayCounts } from '../contracts/cftc-day.ts';
import { TainError } from '../contracts/errors.ts';
import type { MessageKind } from '../domain/reports/message-columns.ts';
import type { EventOutcome } from '../domain/swaps/fold-swap.ts';
import type { Subject } from '../domain/swaps/swap-event.ts';
import { numberArray, textArray } from './arrays.ts';
import { findVersion, type DayVersionRow } from './days.ts';
import { takeConnection } from './own-connection.ts';
import { subjectId } from './ledger-subjects.ts';
import { mendHolds, readHolders } from './outbound-holds.ts';

/** A message of part 45 that is cut. Times are instants. */
export type NewMessage = {
  readonly id: string;
  readonly kind: MessageKind;
  readonly assetClass: string | null;
  readonly sourceId: number;
  readonly position: number;
  readonly subject: Subject;
  readonly action: string;
  readonly ordinal: number;
  readonly submitter: string;
  readonly reportedAt: number;
  /** May it have to wait for the NEWT of its swap? What it waits for is asked when it is kept. */
  readonly mayBeHeld: boolean;
  readonly corrects: string | null;
  readonly dueAt: number | null;
  readonly obligation: string | null;
};

type EventPlace = { readonly sourceId: number; readonly position: number };

/** What came of the events of some subjects. */
export type CutBatch = {
  /** The last of the subjects. */
  readonly lastSubject: string;
  readonly messages: readonly NewMessage[];
  /** Events that wait for the beginning of their swap, or broke its sequence. */
  readonly waiting: readonly EventPlace[];
  /** Events of earlier days that wait no longer. */
  readonly settled: readonly (EventPlace & { readonly outcome: EventOutcome['kind'] })[];
  readonly counts: DayCounts;
};

/**
 * Keeps what came of some subjects, and moves the checkpoint of the cut behind them, in one transaction.
 * @throws TainError day.superseded when another attempt has moved it
 */
export async function keepCutBatch(sql: Sql, version: DayVersionRow, batch: CutBatch): Promise<void> {
  const { business_date: date, version: number, cut_subject: done } = version;
  const { counts } = batch;
  const superseded = () => new TainError('day.superseded', { date, version: number });
  await sql.begin(async (tx) => {
    const moved = await tx`
      update cftc_day_version set cut_subject = ${batch.lastSubject},
        accepted_count = accepted_count + ${counts.accepted}, applied_count = applied_count + ${counts.applied},
        duplicate_count = duplicate_count + ${counts.duplicate}, conflict_count = conflict_count + ${counts.conflict},
        pending_count = pending_count + ${counts.pending}, violated_count = violated_count + ${counts.violated},
        settled_count = settled_count + ${counts.settled}, other_count = other_count + ${counts.otherReports},
        message_count = message_count + ${counts.messages}
      where business_date = ${date} and version = ${number} and cut_subject is not distinct from ${done}
        and not messages_cut and reopened_reason is null`;
    if (moved.count === 0) throw superseded();
    const asked = batch.messages.filter(({ mayBeHeld }) => mayBeHeld).map(({ subject }) => subject);
    const holders = await readHolders(tx, date, asked);
    if ((await insertMessages(tx, version, batch.messages, holders)) !== batch.messages.length)
      throw superseded();
    await tx`
      insert into cftc_carried (source_id, position, business_date)
      select source_id, position, ${date} from ${places(tx, batch.waiting)} as new (source_id, position)
      on conflict do nothing`;
    await tx`
      update cftc_carried as carried set settled_on = ${date}, outcome = new.outcome
      from unnest(
        ${numberArray(batch.settled.map(({ sourceId }) => sourceId))}::bigint[],
        ${numberArray(batch.settled.map(({ position }) => position))}::bigint[],
        ${textArray(batch.settled.map(({ outcome }) => outcome))}::text[]) as new (source_id, position, outcome)
      where carried.source_id = new.source_id and carried.position = new.position`;
  });
}

const places = (tx: TransactionSql, events: readonly EventPlace[]) => tx`
  unnest(
    ${numberArray(events.map(({ sourceId }) => sourceId))}::bigint[],
    ${numberArray(events.map(({ position }) => position))}::bigint[])`;

const seconds = (instant: number | null): number | null => instant && instant / 1000;

async function insertMessages(
  tx: TransactionSql,
  { business_date: date, version }: DayVersionRow,
  messages: readonly NewMessage[],
  holders: ReadonlyMap<string, string>,
): Promise<number> {
  const texts = (pick: (message: NewMessage) => string | null): string => textArray(messages.map(pick));
  const numbers = (pick: (message: NewMessage) => number | null): string => numberArray(messages.map(pick));
  const inserted = await tx`
    insert into outbound_message (message_id, part, kind, asset_class, source_id, position, subject_key, subject_kind,
      action, business_date, day_version, leaves_on, leaves_version, ordinal, submitter, reported_at, state, held_by,
      corrects, due_at, obligation)
    select message_id, 45, kind, asset_class, source_id, position, subject_key, subject_kind, action, ${date}, ${version},
      case when held_by is null then ${date}::date end, case when held_by is null then ${version}::integer end, ordinal, submitter, to_timestamp(reported_at), case when held_by is null then 'pending' else 'held' end, held_by,
      corrects, to_timestamp(due_at), obligation
    from unnest(
      ${texts(({ id }) => id)}::text[], ${texts(({ kind }) => kind)}::text[],
      ${texts(({ assetClass }) => assetClass)}::text[], ${numbers(({ sourceId }) => sourceId)}::bigint[],
      ${numbers(({ position }) => position)}::bigint[], ${texts(({ subject }) => subject.key)}::text[],
      ${texts(({ subject }) => subject.kind)}::text[], ${texts(({ action }) => action)}::text[],
      ${numbers(({ ordinal }) => ordinal)}::integer[], ${texts(({ submitter }) => submitter)}::text[],
      ${numbers(({ reportedAt }) => seconds(reportedAt))}::float8[], ${texts(({ subject }) => holders.get(subjectId(subject)) ?? null)}::text[],
      ${texts(({ corrects }) => corrects)}::text[], ${numbers(({ dueAt }) => seconds(dueAt))}::float8[],
      ${texts(({ obligation }) => obligation)}::text[]
    ) as new (message_id, kind, asset_class, source_id, position, subject_key, subject_kind, action, ordinal, submitter,
      reported_at, held_by, corrects, due_at, obligation)
    on conflict do nothing`;
  return inserted.count;
}

/**
 * Notes that the messages of all subjects of a cut are there. What was let go or is sent again since the cut before leaves
 * with them. Safe to repeat: it is done once.
 */
export async function finishMessages(sql: Sql, version: DayVersionRow): Promise<DayVersionRow> {
  const { business_date: date, version: number } = version;
  await sql.begin(async (tx) => {
    const cut = await tx`
      update cftc_day_version set messages_cut = true
      where business_date = ${date} and version = ${number} and not messages_cut and reopened_reason is null`;
    if (cut.count === 0) return;
    await mendHolds(tx);
    await tx`
      update outbound_message set leaves_on = ${date}, leaves_version = ${number}
      where part = 45 and state = 'pending' and leaves_on is null`;
  });
  return (await findVersion(sql, version))!;
}

/** Messages that go into one file. */
export type MessageGroup = { readonly kind: MessageKind; readonly assetClass: string | null };

/** What files a version has messages for, in a fixed order. */
export async function listMessageGroups(sql: Sql, date: string, version: number): Promise<MessageGroup[]> {
  return sql<MessageGroup[]>`
    select distinct kind, asset_class as "assetClass" from outbound_message
    where leaves_on = ${date} and leaves_version = ${version}
    order by kind, asset_class`;
}

export type OutgoingMessage = {
  readonly id: string;
  readonly submitter: string;
  readonly reportedAt: Date;
  /** JSON text of the record, as `readRecord` reads it. */
  readonly elements: string;
  readonly subjectKey: string;
  readonly ordinal: number;
};

export const MESSAGES_PER_PAGE = 2000;

/**
 * Reads the messages of a file by subject and reporting timestamp, page by page, each a statement of its own; while one
 * is used, the next is read.
 */
export async function* readMessages(
  sql: Sql,
  file: MessageGroup & { readonly date: string; readonly version: number },
  perPage = MESSAGES_PER_PAGE,
): AsyncGenerator<OutgoingMessage[]> {
  const own = await takeConnection(sql);
  const { sql: connection } = own;
  let next: Promise<OutgoingMessage[]> | null = null;
  try {
    // Other processes would have to be started for every page, for a few milliseconds of work.
    await own.answer(connection`set max_parallel_workers_per_gather = 0`);
    next = readPage(connection, file, null, perPage);
    for (;;) {
      const page = await own.answer(next);
      if (page.length === 0) return;
      next = readPage(connection, file, page.at(-1)!, perPage);
      // Looked at when it is its turn.
      next.catch(() => undefined);
      yield page;
    }
  } finally {
    if (next !== null) await own.answer(next).catch(() => undefined);
    await own.answer(connection`reset max_parallel_workers_per_gather`).catch(() => undefined);
    await own.release();
  }
}

/**
 * The asset class is in the order for the index to have it: of one that is null, the server does not see that it is the
 * same everywhere, and would sort all that is left of the file for every page.
 */
const readPage = async (
  connection: ReservedSql,
  { date, version, kind, assetClass }: Parameters<typeof readMessages>[1],
  after: OutgoingMessage | null,
  limit: number,
): Promise<OutgoingMessage[]> => connection<OutgoingMessage[]>`
  select message_id as id, submitter, reported_at as "reportedAt", coalesce(m.elements, hist.elements) as elements,
    m.subject_key as "subjectKey", ordinal
  from outbound_message as m join tb_on_hist as hist using (source_id, position)
  where leaves_on = ${date} and leaves_version = ${version} and kind = ${kind}
    and ${assetClass === null ? connection`asset_class is null` : connection`asset_class = ${assetClass}`}
    ${
      after
        ? connection`and (m.subject_key, reported_at, ordinal, message_id) >
      (${after.subjectKey}, ${after.reportedAt}, ${after.ordinal}, ${after.id})`
        : connection``
    }
  order by asset_class, m.subject_key, reported_at, ordinal, message_id limit ${limit}`;

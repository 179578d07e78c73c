/** Messages that leave, their files, deliveries and answers, as people read them. */
import type { Sql } from 'postgres';
import type { Issue } from '../contracts/issues.ts';
import type { MessageState } from '../contracts/outbound.ts';
import { numberArray, textArray } from './arrays.ts';
import type { EventPlace } from './trace.ts';

export type MessageRow = EventPlace & {
  readonly id: string;
  readonly part: 43 | 45;
  readonly kind: string;
  readonly assetClass: string | null;
  readonly attempt: number;
  readonly action: string;
  /** The day that it is of, YYYY-MM-DD; null for what leaves at once. */
  readonly date: string | null;
  /** The day with whose files it leaves, another one for what was held or is sent again; null until that is known. */
  readonly leavesOn: string | null;
  readonly version: number | null;
  readonly ordinal: number;
  readonly reportedAt: Date;
  readonly state: MessageState;
  readonly heldBy: string | null;
  readonly resubmits: string | null;
  readonly corrects: string | null;
  readonly dueAt: Date | null;
  readonly obligation: string | null;
  readonly sentAt: Date | null;
  readonly answeredAt: Date | null;
  readonly issues: readonly Issue[] | null;
  /** The message that took its place. */
  readonly resubmittedBy: string | null;
};

const columns = (sql: Sql) => sql`
  message.message_id as id, message.part, message.kind, message.asset_class as "assetClass", message.attempt,
  message.source_id as "sourceId", message.position, message.action, message.business_date::text as date, message.leaves_on::text as "leavesOn",
  message.day_version as version, message.ordinal, message.reported_at as "reportedAt", message.state,
  message.held_by as "heldBy", message.resubmits, message.corrects, message.due_at as "dueAt", message.obligation,
  message.sent_at as "sentAt", message.answered_at as "answeredAt", message.issues,
  (select later.message_id from outbound_message as later
    where later.subject_key = message.subject_key and later.resubmits = message.message_id limit 1) as "resubmittedBy"`;

/** The messages of these events, both parts and all attempts. */
export async function readMessagesOf(sql: Sql, events: readonly EventPlace[]): Promise<MessageRow[]> {
  return sql<MessageRow[]>`
    select ${columns(sql)}
    from unnest(
      ${numberArray(events.map(({ sourceId }) => sourceId))}::bigint[],
      ${numberArray(events.map(({ position }) => position))}::bigint[]
    ) as wanted (source_id, position)
    join outbound_message as message using (source_id, position)
    order by message.part desc, message.attempt`;
}

/** Messages of a swap that are read for one screen. */
const MESSAGES_OF_SWAP = 500;

/** The messages of a swap, both parts and all attempts, in the order in which they are reported; the last ones of many. */
export async function listMessagesOfSwap(sql: Sql, key: string): Promise<MessageRow[]> {
  const rows = await sql<MessageRow[]>`
    select ${columns(sql)} from outbound_message as message
    where message.subject_key = ${key} and message.subject_kind = 'swap'
    order by message.reported_at desc, message.ordinal desc, message.attempt desc, message.part desc
    limit ${MESSAGES_OF_SWAP}`;
  return rows.reverse();
}

/** Messages by their ids, in the order of the ids asked for; those that do not exist are left out. */
export async function readMessages(sql: Sql, ids: readonly string[]): Promise<MessageRow[]> {
  return sql<MessageRow[]>`
    select ${columns(sql)}
    from unnest(${textArray(ids)}::text[]) with ordinality as wanted (message_id, place)
    join outbound_message as message using (message_id)
    order by wanted.place`;
}

export type OutboxFileRow = {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly version: number;
  readonly name: string;
  readonly kind: string;
  readonly assetClass: string | null;
  /** Relative to the data directory. */
  readonly path: string;
  readonly rows: number;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly writtenAt: Date;
};

const fileColumns = (sql: Sql) => sql`
  business_date::text as date, version, name, kind, asset_class as "assetClass", path, row_count as rows,
  size_bytes as "sizeBytes", sha256, written_at as "writtenAt"`;

/** Files of messages of these days, the newest version first. */
export async function listMessageFiles(sql: Sql, dates: readonly string[]): Promise<OutboxFileRow[]> {
  return sql<OutboxFileRow[]>`
    select ${fileColumns(sql)} from outbox_file
    where business_date = any (${textArray([...new Set(dates)])}::date[]) and is_outbound
    order by business_date, version desc, name`;
}

/** Files of send/ of this name; of a name there is one per day and version. */
export async function findOutboxFile(sql: Sql, name: string): Promise<OutboxFileRow | null> {
  const [row] = await sql<OutboxFileRow[]>`
    select ${fileColumns(sql)} from outbox_file where name = ${name} order by business_date desc, version desc limit 1`;
  return row ?? null;
}

export type DeliveryRow = {
  readonly id: string;
  readonly date: string;
  readonly version: number;
  readonly file: string;
  readonly target: string;
  readonly state: string;
  readonly nextRecord: number;
  readonly fileVerdict: 'accepted' | 'refused' | null;
  readonly problemCode: string | null;
  readonly problemParams: Readonly<Record<string, string | number>> | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
};

/** The deliveries of files of these names. */
export async function readDeliveriesOf(sql: Sql, files: readonly string[]): Promise<DeliveryRow[]> {
  return sql<DeliveryRow[]>`
    select delivery_id as id, business_date::text as date, version, file_name as file, target, state,
      next_record as "nextRecord", file_verdict as "fileVerdict", problem_code as "problemCode",
      problem_params as "problemParams", started_at as "startedAt", finished_at as "finishedAt"
    from delivery where file_name = any (${textArray(files)}::text[])
    order by business_date, file_name, target`;
}

export type AnswerRow = {
  readonly target: string;
  readonly session: string;
  readonly sequence: number;
  readonly receivedAt: Date;
  readonly raw: Buffer;
  readonly kind: 'receipt' | 'file' | 'record' | 'unreadable';
  readonly subject: string;
  readonly verdict: 'received' | 'accepted' | 'refused' | null;
  readonly issues: readonly Issue[] | null;
  readonly effect: 'applied' | 'repeated' | 'contradicts' | 'unknown';
  /** Answers on the same subject. */
  readonly ofSubject: number;
};

/** Answers that one subject is shown with. */
const ANSWERS_PER_SUBJECT = 20;

/** The answers on these messages and files, per subject the first ones that came. */
export async function readAnswersOn(sql: Sql, subjects: readonly string[]): Promise<AnswerRow[]> {
  return sql<AnswerRow[]>`
    select answer.* from unnest(${textArray([...new Set(subjects)])}::text[]) as wanted (subject)
    cross join lateral (
      select target, session, sequence, received_at as "receivedAt", substring(raw from 1 for 2000) as raw, kind,
        subject, verdict, issues, effect, count(*) over () as "ofSubject"
      from outbound_answer as one where one.subject = wanted.subject
      order by received_at, target, session, sequence limit ${ANSWERS_PER_SUBJECT}
    ) as answer`;
}

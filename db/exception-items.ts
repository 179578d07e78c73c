/** What a cause is made of, one by one: for people to go on from. */
import type { PendingQuery, Row, Sql } from 'postgres';
import { MAX_ITEMS, type ExceptionCause, type ExceptionItem } from '../contracts/exceptions.ts';
import { brokenRule, listUnvalued } from './exception-ledger.ts';
import { listUnmargined } from './exception-margin.ts';
import { nearsAt, stalled } from './exception-messages.ts';
import { listRejected } from './exception-rejections.ts';

const LIMIT = MAX_ITEMS + 1;

type Params = ExceptionCause['params'];

const traceOf = (id: string): string => `/v1/trace/${encodeURIComponent(id)}`;

/**
 * The items of a cause, the most pressing first: one more than are listed where there are more. Empty where the cause is
 * one thing.
 */
export async function listExceptionItems(
  sql: Sql,
  { kind, params }: Pick<ExceptionCause, 'kind' | 'params'>,
): Promise<ExceptionItem[]> {
  switch (kind) {
    case 'rejected-records':
      return listRejected(sql, String(params['family']));
    case 'message-refused':
      return listMessages(sql, params, sql`message.state = 'refused' and ${ruleIs(sql, 'message', params)}`);
    case 'message-held':
      return listMessages(sql, params, sql`message.state = 'held' and ${ruleIs(sql, 'holder', params)}`);
    case 'message-unanswered':
      return listMessages(
        sql,
        params,
        sql`message.state = 'sent'
          and message.sent_at < now() - ${params['minutes']!}::integer * interval '1 minute'`,
      );
    case 'message-late':
    case 'message-nearing':
      return listMessages(sql, params, isDue(sql, kind, params));
    case 'delivery-stalled':
      return listStalled(sql, params);
    case 'valuation-owed':
    case 'valuation-nearing':
      return listUnreported('swap', await listUnvalued(sql, dutyOf(params), LIMIT));
    case 'collateral-owed':
    case 'collateral-nearing':
      return (await listUnmargined(sql, dutyOf(params), LIMIT)).flatMap((one) =>
        listUnreported(one.kind, [one]),
      );
    case 'conflict':
      return listEvents(sql, 'conflict', sql`subject_key = ${params['swap']!}`);
    case 'pending-old':
      return listEvents(
        sql,
        'pending',
        sql`name = ${params['source']!} and decided_at < now() - interval '1 day'`,
      );
    case 'violated':
      return listEvents(sql, 'violated', sql`${brokenRule(sql)} = ${params['rule']!}`);
    case 'feed-gap':
      return listGaps(sql, params);
    case 'live-unsent':
      return listMessages(
        sql,
        params,
        sql`message.part = 43 and message.state = 'pending'
          and message.reported_at < now() - ${params['minutes']!}::integer * interval '1 minute'`,
      );
    case 'target-trouble':
    case 'outcome-revised':
    case 'days-not-opened':
    case 'day-unopened':
    case 'day-stuck':
    case 'day-standing':
    case 'day-input-missing':
    case 'reconcile-breaks':
    case 'file-problem':
    case 'governor-alarm':
      return [];
  }
}

const ruleIs = (sql: Sql, of: 'message' | 'holder', params: Params) => sql`
  coalesce(${sql(of)}.issues -> 0 ->> 'ruleId', '') = ${params['rule']!}`;

const isDue = (sql: Sql, kind: 'message-late' | 'message-nearing', params: Params) => sql`
  message.state in ('held', 'pending', 'sent', 'refused') and coalesce(message.obligation, '') = ${params['obligation']!}
  and ${
    kind === 'message-late'
      ? sql`message.due_at < now()`
      : sql`message.due_at >= now() and message.message_id in (
          select message_id from outbound_message
          where part = ${params['part']!} and due_at >= now() and due_at < now() + interval '1 day' and ${nearsAt(sql)} <= now())`
  }`;

type Condition = PendingQuery<Row[]>;

async function listMessages(sql: Sql, params: Params, condition: Condition): Promise<ExceptionItem[]> {
  const rows = await sql<
    {
      id: string;
      action: string;
      key: string;
      state: string;
      by: string | null;
      due: Date | null;
      since: Date;
    }[]
  >`
    select message.message_id as id, message.action, message.subject_key as key, message.state,
      message.held_by as by, message.due_at as due,
      coalesce(message.answered_at, message.sent_at, message.reported_at) as since
    from outbound_message as message left join outbound_message as holder on holder.message_id = message.held_by
    where message.part = ${params['part']!} and message.part in (43, 45) and ${condition}
    order by message.due_at nulls last, message.message_id limit ${LIMIT}`;
  return rows.map(({ id, action, key, state, by, due, since }) => ({
    name: id,
    about: `${action} ${key} ${state}${by === null ? '' : ` ← ${by}`}`,
    count: 1,
    since: since.toISOString(),
    deadline: due?.toISOString() ?? null,
    link: traceOf(id),
  }));
}

async function listStalled(sql: Sql, { target, state, code }: Params): Promise<ExceptionItem[]> {
  const rows = await sql<{ id: string; file: string; date: string; since: Date | null }[]>`
    select id, file, date, since from (${stalled(sql)}) as open
    where target = ${target!} and state = ${state!} and coalesce(code, '') = ${code!}
    order by since, file limit ${LIMIT}`;
  return rows.map(({ id, file, date, since }) => ({
    name: id,
    about: `${date} ${file}`,
    count: 1,
    since: since?.toISOString() ?? null,
    deadline: null,
    link: traceOf(file),
  }));
}

const DATE = /^\d{4}-\d\d-\d\d$/;

const dutyOf = ({ entity, date }: Params) => ({ entity: String(entity), date: String(date) });

function listUnreported(
  kind: 'swap' | 'portfolio',
  rows: readonly { readonly key: string; readonly last: string }[],
): ExceptionItem[] {
  return rows.map(({ key, last }) => ({
    name: key,
    about: DATE.test(last) ? last : '-',
    count: 1,
    since: null,
    deadline: null,
    // The ledger does not know a portfolio before its first margin.
    link:
      kind === 'swap'
        ? `/v1/swaps/${encodeURIComponent(key)}`
        : last === ''
          ? null
          : `/v1/swaps/${encodeURIComponent(key)}?kind=portfolio`,
  }));
}

async function listEvents(
  sql: Sql,
  outcome: 'conflict' | 'pending' | 'violated',
  condition: Condition,
): Promise<ExceptionItem[]> {
  const rows = await sql<{ place: string; key: string; since: Date }[]>`
    select name || '/' || position as place, subject_key as key, decided_at as since
    from event_outcome as latest join tb_on_hist using (source_id, position) join ledger_source using (source_id)
    where outcome = ${outcome} and ${condition} and not exists (
      select from event_outcome as later where later.source_id = latest.source_id
        and later.position = latest.position and later.revision > latest.revision)
    order by decided_at, place limit ${LIMIT}`;
  return rows.map(({ place, key, since }) => ({
    name: place,
    about: key,
    count: 1,
    since: since.toISOString(),
    deadline: null,
    link: traceOf(place),
  }));
}

async function listGaps(sql: Sql, { feed }: Params): Promise<ExceptionItem[]> {
  const rows = await sql<{ session: string; from: number; to: number; since: Date }[]>`
    select session, from_sequence as "from", to_sequence as "to", found_at as since from feed_gap
    where feed = ${feed!} and filled_at is null order by found_at, session, from_sequence limit ${LIMIT}`;
  return rows.map(({ session, from, to, since }) => ({
    name: `${feed}@${session}`,
    about: `${from}–${to - 1}`,
    count: to - from,
    since: since.toISOString(),
    deadline: null,
    link: `/v1/feeds/${feed}`,
  }));
}

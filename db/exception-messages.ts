/**
 * What needs a person among messages that leave: refused, held, late, nearing, unanswered, overtaken, stalled. They are
 * gathered by what one person settles in one go: the rule of the repository, the duty, the target.
 */
import type { Sql } from 'postgres';
import {
  MAX_CAUSES_PER_KIND,
  SILENCE_MINUTES,
  STALL_MINUTES,
  type ExceptionCause,
  type Found,
} from '../contracts/exceptions.ts';
import type { ErrorParams } from '../contracts/errors.ts';
import { NEARING_MS } from '../contracts/obligations.ts';
import { foundIn, instantOf } from './exception-causes.ts';

const traceLink = (id: string): string => `/v1/trace/${encodeURIComponent(id)}`;

/** Words of others within a key, whatever they are. */
const inKey = (text: string): string => encodeURIComponent(text).slice(0, 200);

const allOf = (causes: readonly ExceptionCause[]): Found => ({ causes, total: causes.length });

/** The rule by which the repository refused a message; '' where it named none. */
const refusingRule = (sql: Sql, message: 'message' | 'holder') => sql`
  coalesce(${sql(message)}.issues -> 0 ->> 'ruleId', '')`;

type Grouped = {
  readonly part: number;
  readonly count: number;
  readonly swaps: number;
  readonly due: Date | null;
  readonly since: Date | null;
};

/** Refused messages that no other one has taken the place of, by the rule of the repository. */
export async function findRefused(sql: Sql): Promise<Found> {
  const rows = await sql<(Grouped & { rule: string; id: string; key: string; action: string })[]>`
    select part, rule, count(*) as count, count(distinct subject_key) as swaps, min(due_at) as due,
      min(answered_at) as since, (array_agg(message_id order by due_at nulls last, message_id))[1] as id,
      (array_agg(subject_key order by due_at nulls last, message_id))[1] as key,
      (array_agg(action order by due_at nulls last, message_id))[1] as action
    from (
      select message.*, ${refusingRule(sql, 'message')} as rule from outbound_message as message
      where part in (43, 45) and state = 'refused'
    ) as refused
    group by part, rule order by due nulls last, part, rule`;
  return allOf(
    rows.map(({ part, rule, count, swaps, due, since, id, key, action }) => ({
      kind: 'message-refused',
      key: `refused:${part}:${inKey(rule)}`,
      count,
      since: instantOf(since),
      deadline: instantOf(due),
      params: { part, rule, swaps, id, swap: key, action },
      links: [traceLink(id), `/v1/swaps/${encodeURIComponent(key)}`],
    })),
  );
}

/** Messages that wait for a refused one, by the rule that that one was refused by. */
export async function findHeld(sql: Sql): Promise<Found> {
  const rows = await sql<(Grouped & { rule: string; by: string; key: string })[]>`
    select part, rule, count(*) as count, count(distinct subject_key) as swaps, min(due_at) as due,
      min(reported_at) as since, (array_agg(held_by order by due_at nulls last, message_id))[1] as by,
      (array_agg(subject_key order by due_at nulls last, message_id))[1] as key
    from (
      select message.*, ${refusingRule(sql, 'holder')} as rule from outbound_message as message
      left join outbound_message as holder on holder.message_id = message.held_by
      where message.part in (43, 45) and message.state = 'held'
    ) as held
    group by part, rule order by due nulls last, part, rule`;
  return allOf(
    rows.map(({ part, rule, count, swaps, due, since, by, key }) => ({
      kind: 'message-held',
      key: `held:${part}:${inKey(rule)}`,
      count,
      since: instantOf(since),
      deadline: instantOf(due),
      params: { part, rule, swaps, by, swap: key },
      links: [traceLink(by)],
    })),
  );
}

/**
 * From when a message that is not acknowledged is told to be near its due time: hours before that of a day, the last
 * third of the time that it had where it leaves at once.
 */
export const nearsAt = (sql: Sql) => sql`
  case when part = 43 then due_at - (due_at - reported_at) / 3
    else due_at - ${NEARING_MS.message}::float8 * interval '1 millisecond' end`;

/** Messages that are not acknowledged and past their due time, or near it, by duty. */
export async function findDeadlines(sql: Sql, kind: 'message-late' | 'message-nearing'): Promise<Found> {
  const when =
    kind === 'message-late'
      ? sql`due_at < now()`
      : sql`due_at >= now() and due_at < now() + interval '1 day' and ${nearsAt(sql)} <= now()`;
  const rows = await sql<
    (Grouped & {
      obligation: string;
      days: number;
      date: string | null;
      refused: number;
      held: number;
      unsent: number;
      unanswered: number;
    })[]
  >`
    select part, coalesce(obligation, '') as obligation, count(*) as count, count(distinct subject_key) as swaps,
      count(distinct business_date) as days, min(business_date)::text as date, min(due_at) as due,
      ${kind === 'message-late' ? sql`min(due_at)` : sql`min(${nearsAt(sql)})`} as since,
      count(*) filter (where state = 'refused') as refused, count(*) filter (where state = 'held') as held,
      count(*) filter (where state = 'pending') as unsent, count(*) filter (where state = 'sent') as unanswered
    from outbound_message
    where part in (43, 45) and state in ('held', 'pending', 'sent', 'refused') and ${when}
    group by part, coalesce(obligation, '') order by due`;
  return allOf(
    rows.map(({ part, obligation, count, days, date, due, since, ...blocking }) => ({
      kind,
      key: `${kind === 'message-late' ? 'late' : 'nearing'}:${part}:${obligation}`,
      count,
      since: instantOf(since),
      deadline: instantOf(due),
      params: { part, obligation, days, date: date ?? '', ...blocking },
      links: [...(date === null ? [] : [`/v1/days/${date}`]), '/v1/obligations'],
    })),
  );
}

/** Messages that were sent and not answered for long, by part: what leaves at once is answered at once. */
export async function findUnanswered(sql: Sql): Promise<Found> {
  const minutes = sql`case when part = 43 then ${SILENCE_MINUTES[43]}::integer else ${SILENCE_MINUTES[45]}::integer end`;
  const rows = await sql<(Grouped & { date: string | null })[]>`
    select part, count(*) as count, count(distinct subject_key) as swaps, min(business_date)::text as date,
      min(due_at) as due, min(sent_at) as since
    from outbound_message
    where part in (43, 45) and state = 'sent' and sent_at < now() - ${minutes} * interval '1 minute'
    group by part order by since`;
  return allOf(
    rows.map(({ part, date, count, due, since }) => ({
      kind: 'message-unanswered',
      key: `unanswered:${part}`,
      count,
      since: instantOf(since),
      deadline: instantOf(due),
      params: { part, date: date ?? '', minutes: SILENCE_MINUTES[part === 43 ? 43 : 45] },
      links: [...(date === null ? [] : [`/v1/days/${date}`]), '/v1/deliveries'],
    })),
  );
}

/** Messages that left, and whose event has come to something else since; until one corrects them. */
export async function findRevised(sql: Sql): Promise<Found> {
  const rows = await sql<
    { id: string; key: string; action: string; outcome: string; since: Date; total: number }[]
  >`
    select message_id as id, subject_key as key, action, outcome, decided_at as since, count(*) over () as total
    from event_outcome as latest
    join outbound_message as message using (source_id, position)
    where latest.revision > 1 and outcome <> 'applied' and message.state in ('sent', 'acknowledged')
      and not exists (
        select from event_outcome as later where later.source_id = latest.source_id
          and later.position = latest.position and later.revision > latest.revision)
      and not exists (
        select from outbound_message as mending where mending.subject_key = message.subject_key
          and mending.corrects = message.message_id)
    order by since, id limit ${MAX_CAUSES_PER_KIND}`;
  return foundIn(rows, ({ id, key, action, outcome, since }) => ({
    kind: 'outcome-revised',
    key: `revised:${id}`,
    count: 1,
    since: since.getTime(),
    newest: since.getTime(),
    deadline: null,
    params: { id, swap: key, action, outcome },
    links: [traceLink(id), `/v1/swaps/${encodeURIComponent(key)}`],
  }));
}

/** Deliveries that failed, stand still or get no answer, by target and what is the matter. */
export async function findStalled(sql: Sql): Promise<Found> {
  const rows = await sql<
    {
      target: string;
      state: string;
      code: string;
      params: ErrorParams | null;
      count: number;
      date: string;
      file: string;
      since: Date;
    }[]
  >`
    select target, state, coalesce(code, '') as code, count(*) as count, min(date) as date, min(since) as since,
      (array_agg(file order by since, file))[1] as file, (array_agg(params order by since, file))[1] as params
    from (${stalled(sql)}) as open
    group by target, state, coalesce(code, '') order by since, target`;
  return allOf(
    rows.map(({ target, state, code, params, count, date, file, since }) => ({
      kind: 'delivery-stalled',
      key: `delivery:${target}:${state}${code === '' ? '' : `:${inKey(code)}`}`,
      count,
      since: instantOf(since),
      deadline: null,
      params: { ...params, file, target, state, date, code },
      links: [traceLink(file), '/v1/deliveries'],
    })),
  );
}

/** Deliveries that failed, stand still, or get no answer. */
export const stalled = (sql: Sql) => sql`
  select * from (
    select delivery_id as id, delivery.business_date::text as date, file_name as file, target, state,
      problem_code as code, problem_params as params, greatest(started_at, written_at, (
        select max(received_at) from outbound_answer as answer where answer.target = delivery.target)) as since
    from delivery
    left join outbox_file as file on file.business_date = delivery.business_date
      and file.version = delivery.version and file.name = delivery.file_name
    where state in ('waiting', 'sending', 'sent', 'silent', 'failed')
  ) as open
  where state in ('failed', 'silent') or since < now() - ${STALL_MINUTES} * interval '1 minute'`;

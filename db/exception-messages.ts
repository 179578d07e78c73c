/** What needs a person among messages that leave: refused, held, late, unanswered, overtaken, stalled. */
import type { Sql } from 'postgres';
import { SILENCE_MINUTES, STALL_MINUTES, type ExceptionCause } from '../contracts/exceptions.ts';
import type { ErrorParams } from '../contracts/errors.ts';
import { CAUSE_LIMIT, instantOf } from './exception-causes.ts';

const traceLink = (id: string): string => `/v1/trace/${encodeURIComponent(id)}`;

/** Refused messages that no other one has taken the place of. */
export async function findRefused(sql: Sql): Promise<ExceptionCause[]> {
  const rows = await sql<
    { id: string; key: string; action: string; rule: string | null; due: Date | null; since: Date | null }[]
  >`
    select message_id as id, subject_key as key, action, issues -> 0 ->> 'ruleId' as rule, due_at as due,
      answered_at as since
    from outbound_message where part in (43, 45) and state = 'refused'
    order by due_at nulls last, message_id limit ${CAUSE_LIMIT}`;
  return rows.map(({ id, key, action, rule, due, since }) => ({
    kind: 'message-refused',
    key: `refused:${id}`,
    count: 1,
    since: instantOf(since),
    deadline: instantOf(due),
    params: { id, swap: key, action, rule: rule ?? '' },
    links: [traceLink(id), `/v1/swaps/${encodeURIComponent(key)}`],
  }));
}

/** Messages that wait for a refused one, by that one. */
export async function findHeld(sql: Sql): Promise<ExceptionCause[]> {
  const rows = await sql<{ by: string; key: string; count: number; due: Date | null; since: Date }[]>`
    select held_by as by, min(subject_key) as key, count(*) as count, min(due_at) as due, min(reported_at) as since
    from outbound_message where part in (43, 45) and state = 'held'
    group by held_by order by due nulls last, by limit ${CAUSE_LIMIT}`;
  return rows.map(({ by, key, count, due, since }) => ({
    kind: 'message-held',
    key: `held:${by}`,
    count,
    since: since.getTime(),
    deadline: instantOf(due),
    params: { by, swap: key },
    links: [traceLink(by)],
  }));
}

type Group = {
  readonly part: number;
  readonly date: string | null;
  readonly count: number;
  readonly due: Date | null;
  readonly since: Date | null;
};

const linksOf = (date: string | null): string[] => (date === null ? [] : [`/v1/days/${date}`]);

/** Messages that are due and not acknowledged, by day and obligation. */
export async function findLate(sql: Sql): Promise<ExceptionCause[]> {
  const rows = await sql<(Group & { obligation: string | null })[]>`
    select part, business_date::text as date, obligation, count(*) as count, min(due_at) as due, min(due_at) as since
    from outbound_message
    where part in (43, 45) and state in ('held', 'pending', 'sent', 'refused') and due_at < now()
    group by part, business_date, obligation order by due limit ${CAUSE_LIMIT}`;
  return rows.map(({ part, date, obligation, count, due, since }) => ({
    kind: 'message-late',
    key: `late:${part}:${date ?? 'live'}:${obligation ?? ''}`,
    count,
    since: instantOf(since),
    deadline: instantOf(due),
    params: { part, date: date ?? '', obligation: obligation ?? '' },
    links: [...linksOf(date), '/v1/obligations'],
  }));
}

/** Messages that were sent and not answered for long, by day. */
export async function findUnanswered(sql: Sql): Promise<ExceptionCause[]> {
  const rows = await sql<Group[]>`
    select part, business_date::text as date, count(*) as count, min(due_at) as due, min(sent_at) as since
    from outbound_message
    where part in (43, 45) and state = 'sent' and sent_at < now() - ${SILENCE_MINUTES} * interval '1 minute'
    group by part, business_date order by since limit ${CAUSE_LIMIT}`;
  return rows.map(({ part, date, count, due, since }) => ({
    kind: 'message-unanswered',
    key: `unanswered:${part}:${date ?? 'live'}`,
    count,
    since: instantOf(since),
    deadline: instantOf(due),
    params: { part, date: date ?? '', minutes: SILENCE_MINUTES },
    links: [...linksOf(date), '/v1/deliveries'],
  }));
}

/** Messages that left, and whose event has come to something else since; until one corrects them. */
export async function findRevised(sql: Sql): Promise<ExceptionCause[]> {
  const rows = await sql<{ id: string; key: string; action: string; outcome: string; since: Date }[]>`
    select message_id as id, subject_key as key, action, outcome, decided_at as since
    from event_outcome as latest
    join outbound_message as message using (source_id, position)
    where latest.revision > 1 and outcome <> 'applied' and message.state in ('sent', 'acknowledged')
      and not exists (
        select from event_outcome as later where later.source_id = latest.source_id
          and later.position = latest.position and later.revision > latest.revision)
      and not exists (
        select from outbound_message as mending where mending.subject_key = message.subject_key
          and mending.corrects = message.message_id)
    order by since, id limit ${CAUSE_LIMIT}`;
  return rows.map(({ id, key, action, outcome, since }) => ({
    kind: 'outcome-revised',
    key: `revised:${id}`,
    count: 1,
    since: since.getTime(),
    deadline: null,
    params: { id, swap: key, action, outcome },
    links: [traceLink(id), `/v1/swaps/${encodeURIComponent(key)}`],
  }));
}

/** Deliveries that failed, or stand still. */
export async function findStalled(sql: Sql): Promise<ExceptionCause[]> {
  const rows = await sql<
    {
      id: string;
      date: string;
      file: string;
      target: string;
      state: string;
      code: string | null;
      params: ErrorParams | null;
      since: Date;
    }[]
  >`
    select * from (
      select delivery_id as id, delivery.business_date::text as date, file_name as file, target, state,
        problem_code as code, problem_params as params, greatest(started_at, written_at, (
          select max(received_at) from outbound_answer as answer where answer.target = delivery.target)) as since
      from delivery
      left join outbox_file as file on file.business_date = delivery.business_date
        and file.version = delivery.version and file.name = delivery.file_name
      where state in ('waiting', 'sending', 'sent', 'failed')
    ) as open
    where state = 'failed' or since < now() - ${STALL_MINUTES} * interval '1 minute'
    order by since, id limit ${CAUSE_LIMIT}`;
  return rows.map(({ id, date, file, target, state, code, params, since }) => ({
    kind: 'delivery-stalled',
    key: `delivery:${id}`,
    count: 1,
    since: since.getTime(),
    deadline: null,
    params: { ...params, file, target, state, date, code: code ?? '' },
    links: [traceLink(file), '/v1/deliveries'],
  }));
}

/** Queries on cftc_day_input: what a day waits for, and what is there of it. */
import type { Sql, TransactionSql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import { matchesPattern, type ExpectedInput } from '../domain/cftc-day/day-settings.ts';
import { appendAudit } from './audit.ts';

export type InputState = 'waiting' | 'arrived' | 'waived' | 'missing';

export type DayInputRow = {
  readonly business_date: string;
  readonly name: string;
  readonly kind: ExpectedInput['kind'];
  readonly expected: string;
  readonly due_at: Date | null;
  readonly state: InputState;
  readonly waived_by: string | null;
  readonly waived_reason: string | null;
};

export type NewInput = Pick<ExpectedInput, 'name' | 'kind' | 'expected'> & {
  /** Milliseconds since 1970. */
  readonly dueAt: number | null;
};

export async function enterInputs(
  tx: TransactionSql,
  date: string,
  inputs: readonly NewInput[],
): Promise<void> {
  for (const { name, kind, expected, dueAt } of inputs)
    await tx`
      insert into cftc_day_input (business_date, name, kind, expected, due_at)
      values (${date}, ${name}, ${kind}, ${expected}, ${dueAt === null ? null : new Date(dueAt)})`;
}

/** What was missing is looked for again. */
export async function resetInputs(tx: TransactionSql, date: string): Promise<void> {
  await tx`update cftc_day_input set state = 'waiting' where business_date = ${date} and state = 'missing'`;
}

/** The inputs of a day, by name. */
export async function listInputs(sql: Sql | TransactionSql, date: string): Promise<DayInputRow[]> {
  return sql<DayInputRow[]>`select * from cftc_day_input where business_date = ${date} order by name`;
}

/**
 * Looks for what a day waits for. A file has arrived when one of its folder that matches is published; a feed, when its
 * session has ended or it has been read up to the last that its sender sent. What has not come when it is due is
 * missing, and taken still if it comes before the cut. Safe to repeat.
 * @param now milliseconds since 1970
 */
export async function lookForInputs(sql: Sql, date: string, now: number): Promise<DayInputRow[]> {
  const inputs = await listInputs(sql, date);
  const wanted = inputs.filter(({ state }) => state === 'waiting' || state === 'missing');
  if (wanted.length === 0) return inputs;
  const [names, feeds] = await Promise.all([listPublishedNames(sql, date), listReadFeeds(sql)]);
  for (const { name, kind, expected, state, due_at: dueAt } of wanted) {
    const isThere =
      kind === 'feed' ? feeds.has(expected) : names.some((one) => matchesPattern(one, expected));
    const found = isThere ? 'arrived' : dueAt !== null && dueAt.getTime() <= now ? 'missing' : 'waiting';
    if (found === state) continue;
    await sql`
      update cftc_day_input set state = ${found}
      where business_date = ${date} and name = ${name} and state in ('waiting', 'missing')`;
  }
  return listInputs(sql, date);
}

async function listPublishedNames(sql: Sql, date: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select file_name as name from tb_bat_file_mst
    where folder_date = ${date} and state = 'published' and format = 'submission'`;
  return rows.map(({ name }) => name);
}

/** Whoever reads a feed says once a second how it is doing. */
async function listReadFeeds(sql: Sql): Promise<Set<string>> {
  const rows = await sql<{ feed: string }[]>`
    select feed from feed left join feed_status using (feed)
    where feed.wanted = 'running' and feed.session is not null and (
      feed.session_ended
      or (state = 'connected' and lag_messages = 0 and next_sequence > 1 and seen_at > now() - interval '10 seconds'))`;
  return new Set(rows.map(({ feed }) => feed));
}

/**
 * Lets a day be cut without an input, on somebody's word. Safe to repeat.
 * @throws TainError day.input-unknown; day.input-settled when it is there, or was waived by another word
 */
export async function waiveInput(
  sql: Sql,
  { date, name }: { readonly date: string; readonly name: string },
  by: Actor,
  reason: string,
): Promise<void> {
  await sql.begin(async (tx) => {
    const [input] = await tx<DayInputRow[]>`
      select * from cftc_day_input where business_date = ${date} and name = ${name} for update`;
    if (!input) throw new TainError('day.input-unknown', { date, name });
    if (input.state === 'waived' && input.waived_by === by.actor && input.waived_reason === reason) return;
    if (input.state === 'arrived' || input.state === 'waived')
      throw new TainError('day.input-settled', { date, name, state: input.state });
    await tx`
      update cftc_day_input set state = 'waived', waived_by = ${by.actor}, waived_reason = ${reason}
      where business_date = ${date} and name = ${name}`;
    const before = { input: name, state: input.state };
    const after = { input: name, state: 'waived' };
    await appendAudit(tx, { ...by, action: 'day.waived', subject: date, before, after, reason });
  });
}

/** Queries on cftc_day and cftc_day_version: where a day stands, and what somebody decides about it. */
import type { JSONValue, Sql, TransactionSql } from 'postgres';
import { BY_CFTC_DAY, BY_DAY_OPENER, type Actor, type AuditAction } from '../contracts/audit.ts';
import type { DayCounts, DayStand } from '../contracts/cftc-day.ts';
import { isErrorCode, TainError, type ErrorFacts, type ErrorParams } from '../contracts/errors.ts';
import type { DayState } from '../contracts/outbound.ts';
import type { KnownDates } from '../domain/cftc-day/day-settings.ts';
import { appendAudit } from './audit.ts';
import { listOpenStates } from './message-states.ts';
import { enterInputs, resetInputs, type NewInput } from './day-inputs.ts';

export type DayRow = {
  readonly business_date: string;
  readonly version: number;
  readonly state: DayState;
  readonly opened_by: string;
  readonly opened_at: Date;
  readonly closed_by: string | null;
  readonly closed_at: Date | null;
  readonly closed_reason: string | null;
  readonly problem_code: string | null;
  readonly problem_params: ErrorParams | null;
};

export type DayVersionRow = {
  readonly business_date: string;
  readonly version: number;
  readonly cut_at: Date;
  readonly cut_by: string;
  readonly submitter: string | null;
  readonly rule_set_version: string;
  readonly register_version: string;
  readonly catalogue_hash: string;
  readonly cut_subject: string | null;
  readonly messages_cut: boolean;
  readonly accepted_count: number;
  readonly applied_count: number;
  readonly duplicate_count: number;
  readonly conflict_count: number;
  readonly pending_count: number;
  readonly violated_count: number;
  readonly settled_count: number;
  readonly other_count: number;
  readonly message_count: number;
  readonly reopened_reason: string | null;
};

/** Figures of the subjects whose messages are cut. */
export const countsOf = (row: DayVersionRow): DayCounts => ({
  accepted: row.accepted_count,
  applied: row.applied_count,
  duplicate: row.duplicate_count,
  conflict: row.conflict_count,
  pending: row.pending_count,
  violated: row.violated_count,
  settled: row.settled_count,
  messages: row.message_count,
  otherReports: row.other_count,
});

/** What keeps a day from going on; null where nothing does. */
export const problemOf = ({ problem_code: code, problem_params: params }: DayRow): ErrorFacts | null =>
  isErrorCode(code) ? { code, params: params ?? {} } : null;

/** Enters a day with what it expects, unless it is there already. Safe to repeat. */
export async function openDay(
  sql: Sql,
  date: string,
  by: Actor,
  { inputs, reason }: { readonly inputs: readonly NewInput[]; readonly reason?: string | undefined },
): Promise<void> {
  await sql.begin(async (tx) => {
    const added = await tx`
      insert into cftc_day (business_date, opened_by) values (${date}, ${by.actor}) on conflict do nothing`;
    if (added.count === 0) return;
    await enterInputs(tx, date, inputs);
    const after = { state: 'open', inputs: inputs.map(({ name }) => name) };
    await auditDay(tx, 'day.opened', date, { by, after, reason });
  });
}

export async function findDay(sql: Sql | TransactionSql, date: string): Promise<DayRow | null> {
  const [row] = await sql<DayRow[]>`select * from cftc_day where business_date = ${date}`;
  return row ?? null;
}

/** @throws TainError day.not-found */
export async function requireDay(sql: Sql | TransactionSql, date: string): Promise<DayRow> {
  const row = await findDay(sql, date);
  if (row === null) throw new TainError('day.not-found', { date });
  return row;
}

/** The newest cut of a day; null before the first of its version. */
export async function findVersion(
  sql: Sql | TransactionSql,
  { business_date: date, version }: Pick<DayRow, 'business_date' | 'version'>,
): Promise<DayVersionRow | null> {
  const [row] = await sql<DayVersionRow[]>`
    select * from cftc_day_version where business_date = ${date} and version = ${version}`;
  return row ?? null;
}

/** Where a day stands. @throws TainError day.not-found */
export async function readStand(sql: Sql, date: string): Promise<DayStand> {
  const day = await requireDay(sql, date);
  const version = await findVersion(sql, day);
  return {
    state: day.state,
    version: day.version,
    messagesCut: version?.messages_cut ?? false,
    counts: version && countsOf(version),
    problem: problemOf(day),
  };
}

/**
 * The newest day behind a date that was not entered yet whose events are cut: the date would take what came since, and what
 * was known at the cuts behind it would be something else. Null where there is none.
 */
export async function findCutBehind(sql: Sql, date: string): Promise<string | null> {
  const [row] = await sql<[{ newest: string | null }]>`
    select max(business_date) as newest from cftc_day_version
    where business_date > ${date} and not exists (select from cftc_day where business_date = ${date})`;
  return row.newest;
}

/** Days that come before a date and have not been cut: what belongs to them is not another day's. */
export async function listOpenBefore(sql: Sql, date: string): Promise<string[]> {
  const rows = await sql<{ date: string }[]>`
    select business_date as date from cftc_day where business_date < ${date} and state = 'open' order by 1 limit 10`;
  return rows.map((row) => row.date);
}

/**
 * Days before a date that are cut and whose messages are not all made: those of a swap are made in the order of its days,
 * or one would be reported before its beginning.
 */
export async function listUnmadeBefore(sql: Sql, date: string): Promise<string[]> {
  const rows = await sql<{ date: string }[]>`
    select business_date as date from cftc_day join cftc_day_version using (business_date, version)
    where business_date < ${date} and state in ('cut', 'incomplete') and not messages_cut order by 1 limit 10`;
  return rows.map((row) => row.date);
}

/** Dates since the first that the opener opened. */
export async function listKnownDates(sql: Sql): Promise<KnownDates> {
  const [opened] = await sql<[{ first: string | null }]>`
    select min(business_date) as first from cftc_day where opened_by = ${BY_DAY_OPENER.actor}`;
  const rows = await sql<{ date: string }[]>`
    select business_date as date from cftc_day where ${opened.first}::date is null or business_date >= ${opened.first}`;
  return { first: opened.first, dates: new Set(rows.map(({ date }) => date)) };
}

/** Days on which something is left to do. */
export async function listUnfinished(sql: Sql): Promise<string[]> {
  const rows = await sql<{ date: string }[]>`
    select business_date as date from cftc_day where state not in ('closed', 'nil') order by 1`;
  return rows.map((row) => row.date);
}

/** Locks a day until the caller's transaction ends. @throws TainError day.not-found */
export async function lockDay(tx: TransactionSql, date: string): Promise<DayRow> {
  const [row] = await tx<DayRow[]>`select * from cftc_day where business_date = ${date} for no key update`;
  if (!row) throw new TainError('day.not-found', { date });
  return row;
}

/** Moves a day from one state to the next and forgets its problem. Safe to repeat. @returns false: it was not there */
export async function moveDay(
  tx: TransactionSql,
  date: string,
  from: DayState,
  to: DayState,
): Promise<boolean> {
  const moved = await tx`
    update cftc_day set state = ${to}, problem_code = null, problem_params = null
    where business_date = ${date} and state = ${from}`;
  return moved.count === 1;
}

/** Keeps what keeps a day from going on, where people see it. */
export async function noteProblem(sql: Sql, date: string, problem: ErrorFacts | null): Promise<void> {
  await sql`
    update cftc_day set problem_code = ${problem?.code ?? null}, problem_params = ${problem && sql.json(problem.params)}
    where business_date = ${date}`;
}

/**
 * Keeps why a day cannot go on. The work on one that has no files yet ends with it, until somebody decides. Safe to repeat.
 */
export async function leaveIncomplete(sql: Sql, date: string, problem: ErrorFacts): Promise<void> {
  await sql`
    update cftc_day set state = case when state in ('open', 'cut') then 'incomplete' else state end,
      problem_code = ${problem.code}, problem_params = ${sql.json(problem.params)}
    where business_date = ${date} and state not in ('closed', 'nil')`;
}

type Decision = {
  readonly by: Actor;
  readonly reason?: string | undefined;
  readonly before?: JSONValue;
  readonly after?: JSONValue;
};

/** Notes what became of a day in the transaction of the change. */
export async function auditDay(
  tx: TransactionSql,
  action: AuditAction,
  date: string,
  { by, reason, before, after }: Decision,
): Promise<void> {
  await appendAudit(tx, {
    ...by,
    action,
    subject: date,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...(reason !== undefined && { reason }),
  });
}

type ClosedState = Extract<DayState, 'closed' | 'nil'>;

const isClosed = (state: DayState): state is ClosedState => state === 'closed' || state === 'nil';

/**
 * Closes a day on somebody's word: `nil` where nothing was cut for it. Safe to repeat: a closed day stays as it is.
 * @throws TainError day.not-found; day.not-closable while it is open, at work or waits for answers; day.unreported when
 *   events of its cut would never be reported
 */
export async function closeDay(sql: Sql, date: string, by: Actor, reason: string): Promise<DayState> {
  return sql.begin(async (tx) => {
    const day = await lockDay(tx, date);
    if (isClosed(day.state)) return day.state;
    const version = await findVersion(tx, day);
    const rests =
      day.state === 'reported' ||
      day.state === 'incomplete' ||
      (day.state === 'cut' && day.problem_code === 'day.nothing-to-report');
    if (!rests) throw new TainError('day.not-closable', { date, state: day.state });
    if (version !== null && (await isUnreported(tx, version)))
      throw new TainError('day.unreported', { date });
    const state = (version?.message_count ?? 0) === 0 && day.state === 'cut' ? 'nil' : 'closed';
    await finishDay(tx, day, state, { by, reason });
    return state;
  });
}

/** Is there something of a cut that has no message, or a message that stands in no file? No later day takes either. */
async function isUnreported(
  tx: TransactionSql,
  { business_date: date, version, messages_cut }: DayVersionRow,
): Promise<boolean> {
  if (!messages_cut) return true;
  const [row] = await tx<[{ isUnreported: boolean }]>`
    select exists (
        select from outbound_message where leaves_on = ${date} and leaves_version = ${version} and state = 'pending')
      and not exists (select from outbox_file where business_date = ${date} and version = ${version})
      as "isUnreported"`;
  return row.isUnreported;
}

/** Closes a day of which every message was answered. @returns false when one was not, or the day waits for none */
export async function closeAnswered(sql: Sql, date: string): Promise<boolean> {
  return sql.begin(async (tx) => {
    const day = await lockDay(tx, date);
    if (day.state !== 'delivering') return isClosed(day.state);
    if ((await listOpenStates(tx, date, day.version)).length > 0) return false;
    await finishDay(tx, day, 'closed', { by: BY_CFTC_DAY, reason: 'every message was answered' });
    return true;
  });
}

async function finishDay(
  tx: TransactionSql,
  day: DayRow,
  state: ClosedState,
  { by, reason }: { readonly by: Actor; readonly reason: string },
): Promise<void> {
  await tx`
    update cftc_day set state = ${state}, closed_by = ${by.actor}, closed_at = now(), closed_reason = ${reason},
      problem_code = null, problem_params = null
    where business_date = ${day.business_date}`;
  const before = { state: day.state, problem: day.problem_code };
  await auditDay(tx, 'day.closed', day.business_date, { by, reason, before, after: { state } });
}

/**
 * Opens a day again as its next version, if nothing of it was sent: what its cut had stays its own, and what has come
 * since is cut with it. Its messages are taken back, and events of earlier days that were settled with it wait again.
 * Safe to repeat: a day that was opened again and is not cut since stays as it is.
 * @returns names of the files that the version had written
 * Of a day that waits for a file which does not agree with the ledger, the file is left to the day by which it does.
 * @throws TainError day.not-found, day.sent-already; day.not-reopenable while it is open or at work; day.later-made when
 *   messages of a later day come behind its own
 */
export async function reopenDay(sql: Sql, date: string, by: Actor, reason: string): Promise<string[]> {
  return sql.begin(async (tx) => {
    const day = await lockDay(tx, date);
    if (day.state === 'open' && day.version > 1) return [];
    const of = tx`business_date = ${date} and day_version = ${day.version}`;
    const rests =
      isClosed(day.state) ||
      ['reported', 'delivering', 'incomplete'].includes(day.state) ||
      day.problem_code === 'day.nothing-to-report' ||
      (day.state === 'cut' && (await handBackFiles(tx, day)));
    if (!rests) throw new TainError('day.not-reopenable', { date, state: day.state });
    const later = await findMadeBehind(tx, date);
    if (later !== null) throw new TainError('day.later-made', { date, later });
    // A delivery that begins meanwhile waits for us, and finds itself gone.
    const begun = await tx<{ started: boolean }[]>`
      select next_record > 1 or state not in ('waiting', 'failed') as started from delivery
      where business_date = ${date} and version = ${day.version} for update`;
    const [sent] = await tx<[{ messages: number }]>`
      select count(*) as messages from outbound_message where ${of} and (sent_at is not null or state not in ('held', 'pending'))`;
    if (sent.messages > 0 || begun.some(({ started }) => started))
      throw new TainError('day.sent-already', { date, messages: sent.messages });
    await tx`delete from delivery where business_date = ${date} and version = ${day.version}`;
    await tx`
      update outbound_message set leaves_on = null, leaves_version = null
      where leaves_on = ${date} and leaves_version = ${day.version}`;
    const removed = await tx`delete from outbound_message where ${of}`;
    const files = await tx<{ path: string }[]>`
      delete from outbox_file where business_date = ${date} and version = ${day.version} returning path`;
    await tx`delete from cftc_carried where business_date = ${date}`;
    await tx`update cftc_carried set settled_on = null, outcome = null where settled_on = ${date}`;
    await tx`
      update cftc_day_version set reopened_reason = ${reason}
      where business_date = ${date} and version = ${day.version}`;
    await tx`
      update cftc_day set version = version + 1, state = 'open', closed_by = null, closed_at = null,
        closed_reason = null, problem_code = null, problem_params = null
      where business_date = ${date}`;
    await resetInputs(tx, date);
    const before = { state: day.state, version: day.version, messages: removed.count };
    const after = { state: 'open', version: day.version + 1 };
    await auditDay(tx, 'day.reopened', date, { by, reason, before, after });
    return files.map(({ path }) => path);
  });
}

/** Gives back the files of a day, of which no message is made yet, that do not agree with the ledger. @returns were there any? */
async function handBackFiles(tx: TransactionSql, { business_date: date, version }: DayRow): Promise<boolean> {
  const given = await tx`
    delete from cftc_cut_file as cut using tb_bat_file_mst as file
    where cut.business_date = ${date} and file.file_id = cut.file_id and file.applied_at is null
      and file.problem_code = 'file.ledger-disagrees'
      and exists (
        select from cftc_day_version as v
        where v.business_date = ${date} and v.version = ${version} and v.cut_subject is null and not v.messages_cut)`;
  return given.count > 0;
}

/** The latest day whose messages, or events, come behind those of a date; null: there is none. */
async function findMadeBehind(tx: TransactionSql, date: string): Promise<string | null> {
  const [row] = await tx<[{ later: string | null }]>`
    select max(later) as later from (
      select business_date as later from cftc_day join cftc_day_version using (business_date, version)
      where business_date > ${date} and message_count > 0
      union all
      select max(leaves_on) from outbound_message where business_date = ${date} and leaves_on > ${date}
      union all
      select max(settled_on) from cftc_carried where business_date = ${date} and settled_on > ${date}
    ) as behind`;
  return row.later;
}

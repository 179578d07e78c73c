/** All that needs a person, and what people have noted of it. */
import type { JSONValue, Sql, TransactionSql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import {
  EXCEPTION_KINDS,
  LASTING_KINDS,
  MAX_CAUSES_PER_KIND,
  type ExceptionCause,
  type ExceptionKind,
  type Found,
} from '../contracts/exceptions.ts';
import { NEARING_MS } from '../contracts/obligations.ts';
import type { Calendars, EntityTable } from '../domain/cftc/entities.ts';
import { lastDueDays, nearingDays, type OwedDay } from '../domain/desk/daily-duties.ts';
import { correctionDue, earliestDue } from '../domain/desk/mending-due.ts';
import { textArray } from './arrays.ts';
import { appendAudit } from './audit.ts';
import {
  findBreaks,
  findFeedGaps,
  findFileProblems,
  findMissingInputs,
  findStuckDays,
} from './exception-causes.ts';
import { findOpenerTrouble, findStanding, findUnopened } from './exception-days.ts';
import { countOwed, findConflicts, findOldPending, findViolated } from './exception-ledger.ts';
import {
  findDeadlines,
  findHeld,
  findRefused,
  findRevised,
  findStalled,
  findUnanswered,
} from './exception-messages.ts';
import { findRejectedRecords } from './exception-rejections.ts';
import { findTroubledTargets, findUnsent } from './exception-targets.ts';
import { alarmsOf } from './governor-alarms.ts';
import { readGovernor } from './governor.ts';

export type DeskTables = { readonly entities: EntityTable; readonly calendars: Calendars };

/** A kind of which there are more than are listed, and how many more. */
export type CutKind = { readonly kind: ExceptionKind; readonly count: number };

export type Causes = {
  /** Of each kind the first, in the order of the kinds and of their deadlines. */
  readonly causes: readonly ExceptionCause[];
  readonly cut: readonly CutKind[];
};

type Search = (sql: Sql, tables: DeskTables, now: number) => Promise<Found>;

const dayDue =
  (tables: DeskTables) =>
  (date: string): number | null =>
    earliestDue(tables, date);

const SEARCHES: readonly Search[] = [
  (sql) => findDeadlines(sql, 'message-late'),
  (sql) => findDeadlines(sql, 'message-nearing'),
  ...[findRefused, findHeld, findUnanswered, findRevised, findStalled],
  ...[findTroubledTargets, findUnsent],
  findOpenerTrouble,
  (sql, tables, now) => findUnopened(sql, tables.calendars, { now, dueOf: dayDue(tables) }),
  (sql, tables, now) => findStanding(sql, { now, dueOf: dayDue(tables) }),
  ...[findStuckDays, findMissingInputs, findFileProblems, findFeedGaps, findConflicts, findOldPending],
  (sql, tables) => findViolated(sql, dayDue(tables)),
  (sql, tables) => findRejectedRecords(sql, dayDue(tables)),
  (sql, tables) => findBreaks(sql, (entity, foundAt) => correctionDue(tables, entity, foundAt)),
  (sql, tables, now) => findOwed(sql, tables, now, 'valuation'),
  (sql, tables, now) => findOwed(sql, tables, now, 'collateral'),
  (sql) => findAlarms(sql),
];

/**
 * What needs a person now, computed from the tables.
 * @param now an instant in milliseconds: duties of the day that are due by it count
 */
export async function findCauses(sql: Sql, tables: DeskTables, now: number): Promise<Causes> {
  const found: Found[] = [];
  // One after the other: what waits for the desk is people, and others need the connections.
  for (const search of SEARCHES) found.push(await search(sql, tables, now));
  const causes = Map.groupBy(
    found.flatMap((one) => one.causes),
    ({ kind }) => kind,
  );
  return {
    causes: EXCEPTION_KINDS.flatMap((kind) => causes.get(kind) ?? []),
    cut: found.flatMap(({ causes: [first], total }) =>
      first !== undefined && total > MAX_CAUSES_PER_KIND
        ? [{ kind: first.kind, count: total - MAX_CAUSES_PER_KIND }]
        : [],
    ),
  };
}

/** What lacks the values of the last day that is due, and of those that are due soon; the swaps are read once for all. */
async function findOwed(
  sql: Sql,
  tables: DeskTables,
  now: number,
  kind: 'valuation' | 'collateral',
): Promise<Found> {
  const isOf = (one: OwedDay): boolean => one.kind === kind;
  const missed = lastDueDays(tables, now).filter(isOf);
  const nearing = nearingDays(tables, now, NEARING_MS[kind]).filter(isOf);
  const gaps = await countOwed(sql, kind, [...missed, ...nearing]);
  const causesOf = (days: readonly OwedDay[], state: 'owed' | 'nearing') =>
    days.flatMap(({ entity, date, obligation }): ExceptionCause[] => {
      const gap = gaps.find((one) => one.entity === entity && one.date === date);
      if (gap === undefined) return [];
      return [
        {
          kind: `${kind}-${state}`,
          key: `${kind}-${state}:${entity}`,
          count: gap.count,
          since: state === 'owed' ? obligation.dueAt : null,
          deadline: obligation.dueAt,
          params: { entity, date, swap: gap.example, obligation: obligation.citation },
          links: [
            '/v1/obligations',
            `/v1/exceptions/${encodeURIComponent(`${kind}-${state}:${entity}`)}/items`,
          ],
        },
      ];
    });
  const causes = [...causesOf(missed, 'owed'), ...causesOf(nearing, 'nearing')];
  return { causes, total: causes.length };
}

async function findAlarms(sql: Sql): Promise<Found> {
  const row = await readGovernor(sql);
  const causes = alarmsOf(row).map(({ code, params }): ExceptionCause => ({
    kind: 'governor-alarm',
    key: `governor:${code}${params['feed'] === undefined ? '' : `:${params['feed']}`}`,
    count: 1,
    since: row.looked_at?.getTime() ?? null,
    deadline: null,
    params: { ...params, alarm: code },
    links: ['/v1/priority'],
  }));
  return { causes, total: causes.length };
}

export type NoteRow = {
  readonly key: string;
  readonly owner: string | null;
  readonly owner_role: string | null;
  readonly taken_at: Date | null;
  readonly note: string | null;
  readonly noted_by: string | null;
  readonly noted_at: Date | null;
  readonly resolved_by: string | null;
  readonly resolved_at: Date | null;
  readonly resolved_why: string | null;
  readonly resolved_count: number | null;
  /** When the newest came of what was settled; null where it does not say. */
  readonly resolved_newest: Date | null;
  readonly first_seen_at: Date | null;
  readonly last_seen_at: Date | null;
  readonly cleared_at: Date | null;
};

const noteColumns = (sql: Sql | TransactionSql) => sql`
  key, owner, owner_role, taken_at, note, noted_by, noted_at, resolved_by, resolved_at, resolved_why, resolved_count,
  resolved_newest, first_seen_at, last_seen_at, cleared_at`;

/** What is noted of these causes, by their keys. */
export async function readNotes(sql: Sql, keys: readonly string[]): Promise<Map<string, NoteRow>> {
  const rows = await sql<NoteRow[]>`
    select ${noteColumns(sql)} from exception_note where key = any (${textArray(keys)}::text[])`;
  return new Map(rows.map((row) => [row.key, row]));
}

/**
 * Is the cause settled by somebody's word? Only what stays for good can be, until one of it comes that they did not know:
 * however few there are by then, because others were mended or are too old to count.
 */
export function isSettled(
  { kind, count, newest = null }: Pick<ExceptionCause, 'kind' | 'count' | 'newest'>,
  note: Pick<NoteRow, 'resolved_count' | 'resolved_newest' | 'resolved_at'> | undefined,
): boolean {
  if (!LASTING_KINDS.includes(kind) || note?.resolved_count == null) return false;
  const known = note.resolved_newest ?? note.resolved_at;
  return count <= note.resolved_count && (newest === null || known === null || newest <= known.getTime());
}

type Order = { readonly by: Actor; readonly reason: string };

/**
 * Takes a cause: it is the actor's from now on.
 * @throws TainError exception.taken when it is somebody else's and is not taken by force
 */
export async function takeException(
  sql: Sql,
  { key, kind }: ExceptionCause,
  { by, reason, force }: Order & { readonly force: boolean },
): Promise<void> {
  await sql.begin(async (tx) => {
    const before = await lockNote(tx, key, kind);
    if (before.owner !== null && before.owner !== by.actor && !force)
      throw new TainError('exception.taken', { key, owner: before.owner });
    await tx`
      update exception_note set owner = ${by.actor}, owner_role = ${by.role}, taken_at = now() where key = ${key}`;
    await audit(tx, by, 'exception.taken', key, { before: { owner: before.owner }, reason });
  });
}

/** Writes a note to a cause; it replaces the one before, which the audit log keeps. */
export async function noteException(
  sql: Sql,
  { key, kind }: ExceptionCause,
  { by, reason }: Order,
): Promise<void> {
  await sql.begin(async (tx) => {
    const before = await lockNote(tx, key, kind);
    await tx`
      update exception_note set note = ${reason}, noted_by = ${by.actor}, noted_at = now() where key = ${key}`;
    await audit(tx, by, 'exception.noted', key, { before: { note: before.note }, reason });
  });
}

/**
 * Settles a cause by somebody's word.
 * @param cause what is there of it now; null: it is gone
 * @throws TainError exception.persists when it has to go by itself and is still there; exception.not-found when it is
 *   gone and nobody has noted anything
 */
export async function resolveException(
  sql: Sql,
  key: string,
  cause: ExceptionCause | null,
  { by, reason }: Order,
): Promise<void> {
  if (cause !== null && !LASTING_KINDS.includes(cause.kind))
    throw new TainError('exception.persists', { key, count: cause.count });
  await sql.begin(async (tx) => {
    if (cause === null) {
      const rows = await tx`select from exception_note where key = ${key} for update`;
      if (rows.length === 0) throw new TainError('exception.not-found', { key });
    } else await lockNote(tx, key, cause.kind);
    await tx`
      update exception_note set resolved_by = ${by.actor}, resolved_at = now(), resolved_why = ${reason},
        resolved_count = ${cause?.count ?? 0},
        resolved_newest = ${cause?.newest == null ? null : new Date(cause.newest)}, owner = null, owner_role = null, taken_at = null
      where key = ${key}`;
    await audit(tx, by, 'exception.resolved', key, { after: { count: cause?.count ?? 0 }, reason });
  });
}

async function lockNote(tx: TransactionSql, key: string, kind: ExceptionKind): Promise<NoteRow> {
  await tx`insert into exception_note (key, kind) values (${key}, ${kind}) on conflict (key) do nothing`;
  const [row] = await tx<NoteRow[]>`
    select ${noteColumns(tx)} from exception_note where key = ${key} for update`;
  return row!;
}

const audit = (
  tx: TransactionSql,
  by: Actor,
  action: 'exception.taken' | 'exception.noted' | 'exception.resolved',
  subject: string,
  what: { before?: JSONValue; after?: JSONValue; reason: string },
) => appendAudit(tx, { ...by, action, subject, ...what });

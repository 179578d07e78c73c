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
} from '../contracts/exceptions.ts';
import type { Calendars, EntityTable } from '../domain/cftc/entities.ts';
import { lastDueDays } from '../domain/desk/daily-duties.ts';
import { textArray } from './arrays.ts';
import { appendAudit } from './audit.ts';
import {
  findFeedGaps,
  findFileProblems,
  findMissingInputs,
  findRejectedRecords,
  findStuckDays,
} from './exception-causes.ts';
import { countUnmargined, countUnvalued, findConflicts, findOldPending } from './exception-ledger.ts';
import {
  findHeld,
  findLate,
  findRefused,
  findRevised,
  findStalled,
  findUnanswered,
} from './exception-messages.ts';
import { findTroubledTargets, findUnsent } from './exception-targets.ts';
import { alarmsOf } from './governor-alarms.ts';
import { readGovernor } from './governor.ts';

export type DeskTables = { readonly entities: EntityTable; readonly calendars: Calendars };

export type Causes = {
  /** Of each kind the first, in the order of the kinds and of their deadlines. */
  readonly causes: readonly ExceptionCause[];
  /** Kinds of which there are more than are listed. */
  readonly cut: readonly ExceptionKind[];
};

const SEARCHES = [
  ...[findRefused, findLate, findHeld, findUnanswered, findRevised, findStalled],
  ...[findTroubledTargets, findUnsent],
  ...[findStuckDays, findMissingInputs, findFileProblems, findFeedGaps],
  ...[findConflicts, findRejectedRecords, findOldPending],
];

/**
 * What needs a person now, computed from the tables.
 * @param now an instant in milliseconds: duties of the day that are due by it count
 */
export async function findCauses(sql: Sql, tables: DeskTables, now: number): Promise<Causes> {
  const found = [...(await findOwed(sql, tables, now)), ...(await findAlarms(sql))];
  // One after the other: what waits for the desk is people, and others need the connections.
  for (const search of SEARCHES) found.push(...(await search(sql)));
  const byKind = Map.groupBy(found, ({ kind }) => kind);
  const ofKind = (kind: ExceptionKind): ExceptionCause[] => byKind.get(kind) ?? [];
  return {
    causes: EXCEPTION_KINDS.flatMap((kind) => ofKind(kind).slice(0, MAX_CAUSES_PER_KIND)),
    cut: EXCEPTION_KINDS.filter((kind) => ofKind(kind).length > MAX_CAUSES_PER_KIND),
  };
}

async function findOwed(sql: Sql, tables: DeskTables, now: number): Promise<ExceptionCause[]> {
  const due = lastDueDays(tables, now);
  const of = (kind: string) => due.filter((one) => one.kind === kind);
  const [swaps, portfolios] = await Promise.all([
    countUnvalued(sql, of('valuation')),
    countUnmargined(sql, of('collateral')),
  ]);
  return [
    ...swaps.map((gap) => ({ kind: 'valuation' as const, ...gap })),
    ...portfolios.map((gap) => ({ kind: 'collateral' as const, ...gap })),
  ].map(({ kind, entity, date, count, example }) => {
    const { obligation } = of(kind).find((one) => one.entity === entity)!;
    return {
      kind: `${kind}-owed` as const,
      key: `${kind}-owed:${entity}`,
      count,
      since: obligation.dueAt,
      deadline: obligation.dueAt,
      params: { entity, date, swap: example, obligation: obligation.citation },
      links: ['/v1/obligations', `/v1/swaps/${encodeURIComponent(example)}`],
    };
  });
}

async function findAlarms(sql: Sql): Promise<ExceptionCause[]> {
  const row = await readGovernor(sql);
  return alarmsOf(row).map(({ code, params }) => ({
    kind: 'governor-alarm',
    key: `governor:${code}${params['feed'] === undefined ? '' : `:${params['feed']}`}`,
    count: 1,
    since: row.looked_at?.getTime() ?? null,
    deadline: null,
    params: { ...params, alarm: code },
    links: ['/v1/priority'],
  }));
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
  readonly first_seen_at: Date | null;
  readonly last_seen_at: Date | null;
  readonly cleared_at: Date | null;
};

const noteColumns = (sql: Sql | TransactionSql) => sql`
  key, owner, owner_role, taken_at, note, noted_by, noted_at, resolved_by, resolved_at, resolved_why, resolved_count,
  first_seen_at, last_seen_at, cleared_at`;

/** What is noted of these causes, by their keys. */
export async function readNotes(sql: Sql, keys: readonly string[]): Promise<Map<string, NoteRow>> {
  const rows = await sql<NoteRow[]>`
    select ${noteColumns(sql)} from exception_note where key = any (${textArray(keys)}::text[])`;
  return new Map(rows.map((row) => [row.key, row]));
}

/** Is the cause settled by somebody's word? Only what stays for good can be, until there is more of it. */
export const isSettled = ({ kind, count }: ExceptionCause, note: NoteRow | undefined): boolean =>
  LASTING_KINDS.includes(kind) && note?.resolved_count != null && count <= note.resolved_count;

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
        resolved_count = ${cause?.count ?? 0}, owner = null, owner_role = null, taken_at = null
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

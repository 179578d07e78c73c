/** Accepted events of a period with what became of them: by swap, and within it in the order of the fold. */
import type { Sql } from 'postgres';
import type { Issue } from '../contracts/issues.ts';
import type { Part } from '../domain/cftc/action-events.ts';
import { placeOf } from '../domain/swaps/event-source.ts';
import { isKnownAt } from './report-known.ts';

/** Swaps and portfolios that are looked at together, and events that are held in memory at once. */
const PAGE_SUBJECTS = 2000;
const PAGE_ROWS = 2000;

export type EventSelection = {
  /** First and last day, in UTC. */
  readonly from: string;
  readonly to: string;
  readonly knownAt: string | null;
  readonly outcome: string | null;
};

export type EventRow = {
  readonly key: string;
  readonly kind: 'swap' | 'portfolio';
  readonly place: string;
  readonly part: Part | null;
  readonly outcome: string;
  readonly issues: readonly Issue[];
  /** The record. */
  readonly text: string;
};

type Subject = { readonly key: string; readonly kind: 'swap' | 'portfolio' };

type Stored = Omit<EventRow, 'place' | 'issues'> & {
  readonly name: string;
  readonly position: number;
  readonly foldTime: string;
  readonly eventTime: string;
  readonly rank: number;
  readonly hash: Buffer;
  readonly issues: readonly Issue[] | null;
};

/**
 * Pages of events; one that is empty where a stretch of subjects has none in the period.
 * @returns with each page how many subjects it is done with
 */
export async function* readEvents(
  sql: Sql,
  selection: EventSelection,
): AsyncGenerator<{ readonly rows: EventRow[]; readonly looked: number }> {
  for (let after: Subject = { key: '', kind: 'portfolio' }; ;) {
    // What folded last of a subject is not before the period, or nothing of it is within.
    const subjects: (Subject & { isLate: boolean })[] = await sql<(Subject & { isLate: boolean })[]>`
      select subject_key as key, subject_kind as kind, fold_time >= ${selection.from} as "isLate" from tb_on_mst
      where (subject_key, subject_kind) > (${after.key}, ${after.kind})
      order by subject_key, subject_kind limit ${PAGE_SUBJECTS}`;
    if (subjects.length === 0) return;
    const last = subjects.at(-1)!;
    if (subjects.some(({ isLate }) => isLate))
      for await (const rows of readStretch(sql, selection, after, last)) yield { rows, looked: 0 };
    yield { rows: [], looked: subjects.length };
    after = last;
  }
}

/** Events of the subjects behind one up to another, a page at a time. */
async function* readStretch(
  sql: Sql,
  { from, to, knownAt, outcome }: EventSelection,
  after: Subject,
  last: Subject,
): AsyncGenerator<EventRow[]> {
  for (let row: Stored | undefined; ;) {
    const page: Stored[] = await sql<Stored[]>`
      select event.*, latest.outcome, latest.issues from (
        select hist.subject_key as key, hist.subject_kind as kind, source_id, source.name, hist.position, hist.part,
          hist.fold_time as "foldTime", hist.event_time as "eventTime", hist.fold_rank as rank,
          hist.content_hash as hash, hist.elements as text
        from tb_on_hist as hist join ledger_source as source using (source_id)
        where (hist.subject_key, hist.subject_kind) > (${after.key}, ${after.kind})
          and (hist.subject_key, hist.subject_kind) <= (${last.key}, ${last.kind})
          and left(hist.fold_time, 10) between ${from} and ${to}
          and ${isKnownAt(sql, knownAt)}
          ${outcome === null ? sql`` : sql`and ${outcomeOf(sql)} = ${outcome}`}
          ${row ? sql`and ${isBehind(sql, row)}` : sql``}
        order by hist.subject_key, hist.subject_kind, hist.fold_time, hist.event_time, hist.fold_rank,
          hist.content_hash, source.name, hist.position
        limit ${PAGE_ROWS}
      ) as event
      cross join lateral (
        select outcome, issues from event_outcome as o
        where o.source_id = event.source_id and o.position = event.position order by o.revision desc limit 1
      ) as latest
      order by key, kind, "foldTime", "eventTime", rank, hash, name, position`;
    if (page.length === 0) return;
    yield page.map(({ name, position, issues, key, kind, part, outcome: became, text }) => ({
      ...{ key, kind, part, text, outcome: became },
      place: placeOf(name, position),
      issues: issues ?? [],
    }));
    row = page.at(-1)!;
  }
}

/** The outcome that holds. */
const outcomeOf = (sql: Sql) => sql`(
  select o.outcome from event_outcome as o
  where o.source_id = hist.source_id and o.position = hist.position order by o.revision desc limit 1)`;

/** Behind an event in the order: the first columns by themselves, so that the index serves them. */
const isBehind = (sql: Sql, { key, kind, foldTime, eventTime, rank, hash, name, position }: Stored) => sql`
  (hist.subject_key, hist.subject_kind) >= (${key}, ${kind})
  and (hist.subject_key, hist.subject_kind, hist.fold_time, hist.event_time, hist.fold_rank, hist.content_hash,
       source.name, hist.position)
    > (${key}, ${kind}, ${foldTime}, ${eventTime}, ${rank}, ${hash}, ${name}, ${position})`;

export async function countSubjects(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*) from tb_on_mst`;
  return row!.count;
}

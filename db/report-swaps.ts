/** The swaps and portfolios of the ledger on a day, as they are or as they were known: in the order of their keys. */
import type { Sql } from 'postgres';
import { placeOf } from '../domain/swaps/event-source.ts';
import { readStoredEvent, type SwapEvent } from '../domain/swaps/swap-event.ts';
import type { Part } from '../domain/cftc/action-events.ts';
import { textArray } from './arrays.ts';
import { isKnownAt } from './report-known.ts';

/** Swaps that are held in memory at once. */
const PAGE_SWAPS = 2000;

export type SwapPageRow = {
  readonly key: string;
  /** As `writeState` writes it. */
  readonly state: string;
  /** Does it have events that may not count? Then its state is to be folded from those that do. */
  readonly isPartial: boolean;
  readonly events: number;
};

export type SwapMoment = { readonly asOf: string; readonly knownAt: string | null };

/** All swaps, whatever their status. */
export async function* readSwapPages(sql: Sql, { asOf, knownAt }: SwapMoment): AsyncGenerator<SwapPageRow[]> {
  for (let after = ''; ;) {
    const page: SwapPageRow[] = await sql<SwapPageRow[]>`
      select swap.subject_key as key, swap.state, coalesce(own."isPartial", false) as "isPartial", own.events
      from (
        select subject_key, state from tb_on_mst
        where subject_kind = 'swap' and subject_key > ${after}
        order by subject_key limit ${PAGE_SWAPS}
      ) as swap
      cross join lateral (
        select count(*) as events, bool_or(
          left(case hist.event_time when '' then hist.fold_time else hist.event_time end, 10) > ${asOf}
          or not ${isKnownAt(sql, knownAt)}) as "isPartial"
        from tb_on_hist as hist
        where hist.subject_key = swap.subject_key and hist.subject_kind = 'swap'
      ) as own
      order by swap.subject_key`;
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)!.key;
  }
}

export async function countSwaps(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*) from tb_on_mst where subject_kind = 'swap'`;
  return row!.count;
}

/** The events of some swaps or portfolios that were known at the cut of a day, by their keys, in no order. */
export async function readKnownEvents(
  sql: Sql,
  kind: 'swap' | 'portfolio',
  keys: readonly string[],
  knownAt: string | null,
): Promise<Map<string, SwapEvent[]>> {
  const events = new Map<string, SwapEvent[]>();
  if (keys.length === 0) return events;
  const rows = await sql<
    { key: string; name: string; position: number; part: Part | null; hash: string; text: string }[]
  >`
    select hist.subject_key as key, source.name, hist.position, hist.part, encode(hist.content_hash, 'hex') as hash,
      hist.elements as text
    from tb_on_hist as hist join ledger_source as source using (source_id)
    where hist.subject_key = any(${textArray(keys)}::text[]) and hist.subject_kind = ${kind}
      and ${isKnownAt(sql, knownAt)}`;
  for (const { key, name, position, part, hash, text } of rows) {
    const event = readStoredEvent({ text, place: placeOf(name, position), part, contentHash: hash });
    const own = events.get(key);
    if (own) own.push(event);
    else events.set(key, [event]);
  }
  return events;
}

/**
 * The records that began some swaps, as text, by key: they say of the product what the terms do not. Where nothing is
 * known of the beginning, the first record of the swap.
 */
export async function readBeginnings(sql: Sql, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const rows = await sql<{ key: string; text: string }[]>`
    select wanted.key, first.elements as text
    from unnest(${textArray(keys)}::text[]) as wanted (key)
    cross join lateral (
      select elements from tb_on_hist as hist
      where hist.subject_key = wanted.key and hist.subject_kind = 'swap'
      order by fold_time, event_time, fold_rank, content_hash limit 1
    ) as first`;
  return new Map(rows.map(({ key, text }) => [key, text]));
}

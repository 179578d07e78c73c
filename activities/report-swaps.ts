/** The open swaps of a day for a report: read a page at a time, folded again where not all of their events count. */
import type { Sql } from 'postgres';
import type { Registers } from '../domain/cftc/registers.ts';
import { createProductResolver } from '../domain/cftc/products.ts';
import { hadHappened } from '../domain/reports/events-of-day.ts';
import { isOpenOn, type SwapOnDay } from '../domain/reports/open-swaps.ts';
import { foldSwap } from '../domain/swaps/fold-swap.ts';
import { readProductFacts } from '../domain/swaps/product-facts.ts';
import { readRecord } from '../domain/swaps/record-text.ts';
import { readState } from '../domain/swaps/state-text.ts';
import type { SwapState } from '../domain/swaps/swap-state.ts';
import {
  readBeginnings,
  readKnownEvents,
  readSwapPages,
  type SwapMoment,
  type SwapPageRow,
} from '../db/report-swaps.ts';

/** Events that are folded again at once, but for a swap that has more by itself. */
const MAX_EVENTS = 20_000;

export type OpenSwapBatch = {
  readonly swaps: readonly SwapOnDay[];
  /** Swaps that were looked at, open or not. */
  readonly looked: number;
};

/** Those that are open at the end of the day, in the order of their keys. */
export async function* readOpenSwaps(
  sql: Sql,
  registers: Registers,
  moment: SwapMoment,
): AsyncGenerator<OpenSwapBatch> {
  const productOf = createProductResolver(registers);
  for await (const page of readSwapPages(sql, moment)) {
    for (const group of inGroups(page)) {
      const states = await statesOf(sql, group, moment);
      const open = group.flatMap(({ key }): SwapOnDay[] => {
        const state = states.get(key);
        if (state === undefined || !isOpenOn({ state }, moment.asOf)) return [];
        return [{ key, state, assetClass: productOf(readProductFacts(state.terms)).assetClass }];
      });
      const unclear = open.filter(({ assetClass }) => assetClass === null).map(({ key }) => key);
      const beginnings = await readBeginnings(sql, unclear);
      const swaps = open.map((swap) => {
        const text = beginnings.get(swap.key);
        if (text === undefined) return swap;
        return { ...swap, assetClass: productOf(readProductFacts(readRecord(text))).assetClass };
      });
      yield { swaps, looked: group.length };
    }
  }
}

/** Stretches of a page whose events to be read are few enough. */
function inGroups(page: readonly SwapPageRow[]): SwapPageRow[][] {
  const groups: SwapPageRow[][] = [];
  let events = MAX_EVENTS;
  for (const row of page) {
    const own = row.isPartial ? row.events : 0;
    if (groups.length === 0 || events + own > MAX_EVENTS) {
      groups.push([]);
      events = 0;
    }
    groups.at(-1)!.push(row);
    events += own;
  }
  return groups;
}

/** The states by the events that count; none of a swap of which nothing was known or had happened. */
async function statesOf(
  sql: Sql,
  group: readonly SwapPageRow[],
  { asOf, knownAt }: SwapMoment,
): Promise<Map<string, SwapState>> {
  const partial = group.filter(({ isPartial }) => isPartial).map(({ key }) => key);
  const events = await readKnownEvents(sql, 'swap', partial, knownAt);
  const states = new Map<string, SwapState>();
  for (const { key, state, isPartial } of group) {
    if (!isPartial) {
      const stored = readState('swap', state);
      if (stored.kind === 'swap') states.set(key, stored.state);
      continue;
    }
    const counting = (events.get(key) ?? []).filter((event) => hadHappened(event, asOf));
    if (counting.length > 0) states.set(key, foldSwap(counting, null).state);
  }
  return states;
}

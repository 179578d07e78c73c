/** The swaps that are open now, one after the other. */
import type { Sql } from 'postgres';
import { readState } from '../domain/swaps/state-text.ts';
import type { SwapState } from '../domain/swaps/swap-state.ts';

export type OpenSwap = { readonly key: string; readonly state: SwapState };

const SWAPS_PER_PAGE = 1000;

/** Reads swaps that are open by their messages, in the order of their keys, page by page. */
export async function* readOpenSwaps(sql: Sql): AsyncGenerator<OpenSwap[]> {
  for (let after = ''; ;) {
    const rows = await sql<{ key: string; state: string }[]>`
      select subject_key as key, state from tb_on_mst
      where subject_kind = 'swap' and status = 'open' and subject_key > ${after}
      order by subject_key limit ${SWAPS_PER_PAGE}`;
    if (rows.length === 0) return;
    after = rows.at(-1)!.key;
    yield rows.flatMap(({ key, state }) => {
      const subject = readState('swap', state);
      return subject.kind === 'swap' ? [{ key, state: subject.state }] : [];
    });
  }
}

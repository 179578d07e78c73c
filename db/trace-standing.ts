/** What the repository knows of a swap, what we do, and what of it is on its way. */
import type { Sql } from 'postgres';
import { foldAcknowledged } from '../domain/reconcile/known-swap.ts';
import { readState } from '../domain/swaps/state-text.ts';
import type { SwapState } from '../domain/swaps/swap-state.ts';
import { hashText } from './ledger-subjects.ts';
import { listMessagesOfSwap, type MessageRow } from './outbound-views.ts';
import { readAcknowledged } from './reconcile.ts';

export type Standing = {
  readonly known: SwapState;
  /** Null: the repository has acknowledged nothing of it. */
  readonly reported: SwapState | null;
  /** Messages of part 45 that it has acknowledged. */
  readonly acknowledged: number;
  /** All messages of the swap in the order in which they are reported. */
  readonly messages: readonly MessageRow[];
};

/** @returns null when the ledger has no such swap, or there is no message of it */
export async function readStanding(sql: Sql, key: string): Promise<Standing | null> {
  const [row] = await sql<{ state: string }[]>`
    select state from tb_on_mst where subject_key = ${key} and subject_kind = 'swap'`;
  const subject = row && readState('swap', row.state);
  if (subject?.kind !== 'swap') return null;
  const messages = await listMessagesOfSwap(sql, key);
  if (messages.length === 0) return null;
  const acknowledged = (await readAcknowledged(sql, [key], { date: '', asOfDate: false })).get(key);
  return {
    known: subject.state,
    reported: acknowledged ? foldAcknowledged(acknowledged, hashText) : null,
    acknowledged: acknowledged?.length ?? 0,
    messages,
  };
}

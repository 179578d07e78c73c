/**
 * What the ledger keeps of a swap or a portfolio between its events, and how further events change it: behind the last
 * one step by step, anywhere else by folding all events again. Both give the same.
 */
import { compareClaims, compareKeys, foldKeyOf, type FoldKey } from './fold-key.ts';
import { foldPortfolio } from './fold-portfolio.ts';
import { foldSwap, repeatOf, type FoldedEvent } from './fold-swap.ts';
import type { Subject, SwapEvent } from './swap-event.ts';
import { UNKNOWN_SWAP, type DailyReport, type SwapState } from './swap-state.ts';

export type SubjectState =
  | { readonly kind: 'swap'; readonly state: SwapState }
  | { readonly kind: 'portfolio'; readonly state: DailyReport | null };

export type Account = {
  readonly subject: SubjectState;
  /** Fold key of the last event that holds its event key; null before any. */
  readonly last: FoldKey | null;
};

/** Who holds an event key: the first event by fold key. */
export type Claim = Pick<SwapEvent, 'contentHash' | 'place'>;

export type Applied = {
  readonly account: Account;
  /** Of the events that were handed in. */
  readonly outcomes: readonly FoldedEvent[];
};

/** An account that no event has been seen of. */
export const openAccount = (kind: Subject['kind']): Account => ({
  subject: kind === 'swap' ? { kind, state: UNKNOWN_SWAP } : { kind, state: null },
  last: null,
});

/** Does the event hold its key? Duplicates and conflicts do not. */
export const holdsKey = ({ outcome }: FoldedEvent): boolean =>
  outcome.kind !== 'duplicate' && outcome.kind !== 'conflict';

/**
 * Applies events that fold behind all that is known.
 * @param events of one subject, in any order, none of them known
 * @param claimOf who holds the event's key so far
 * @returns null when one of them may change what was said before: then all events of the subject have to be folded
 */
export function applyBehind(
  account: Account,
  events: readonly SwapEvent[],
  claimOf: (event: SwapEvent) => Claim | undefined,
): Applied | null {
  const fresh: SwapEvent[] = [];
  const repeats: FoldedEvent[] = [];
  for (const event of events) {
    const claim = claimOf(event);
    if (claim === undefined) {
      if (account.last !== null && compareKeys(foldKeyOf(event), account.last) <= 0) return null;
      fresh.push(event);
    } else {
      // An equal message of a smaller place, or of a smaller hash, takes the key over; what contradicts the holder may
      // repeat another one that does.
      if (compareClaims(event, claim) < 0 || event.contentHash !== claim.contentHash) return null;
      repeats.push({ event, outcome: repeatOf(event, claim) });
    }
  }
  // What came before its NEWT waited for it, and is judged again.
  if (account.last !== null && isUnbegun(account.subject) && fresh.some(({ action }) => action === 'NEWT'))
    return null;
  const applied = foldFrom(account, fresh);
  return { account: applied.account, outcomes: [...applied.outcomes, ...repeats] };
}

const isUnbegun = (subject: SubjectState): boolean =>
  subject.kind === 'swap' && subject.state.status === UNKNOWN_SWAP.status;

/** Folds all events of a subject. */
export const applyAll = (kind: Subject['kind'], events: readonly SwapEvent[]): Applied =>
  foldFrom(openAccount(kind), events);

function foldFrom({ subject, last }: Account, events: readonly SwapEvent[]): Applied {
  const folded =
    subject.kind === 'swap' ? foldSwap(events, null, subject.state) : foldPortfolio(events, subject.state);
  const holder = folded.outcomes.findLast(holdsKey);
  return {
    account: {
      subject:
        'margin' in folded
          ? { kind: 'portfolio', state: folded.margin }
          : { kind: 'swap', state: folded.state },
      last: holder ? foldKeyOf(holder.event) : last,
    },
    outcomes: folded.outcomes,
  };
}

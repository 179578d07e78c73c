/**
 * The life of a swap from its events: sorted by the fold key, duplicates and conflicts set apart, the rest applied one by
 * one. The result depends on the events alone, so that a late one is no special case: the swap is folded again.
 */
import type { SwapStatus } from '../cftc/swap-states.ts';
import { finding } from '../cftc/findings.ts';
import { compareEvents } from './fold-key.ts';
import type { SequenceFinding } from './sequence-finding.ts';
import { stepSwap } from './step-swap.ts';
import type { Dissemination } from './swap-dissemination.ts';
import type { SwapEvent } from './swap-event.ts';
import { statusOn, UNKNOWN_SWAP, type SwapState } from './swap-state.ts';

/** What became of an event. Every event has exactly one: accepted = applied + duplicate + conflict + pending + violated. */
export type EventOutcome =
  | {
      readonly kind: 'applied';
      /** Rules that do not keep the event out. */
      readonly findings: readonly SequenceFinding[];
      readonly dissemination: Dissemination | null;
    }
  /** The same message as the one at `first`. */
  | { readonly kind: 'duplicate'; readonly first: string; readonly findings: readonly SequenceFinding[] }
  /** The same event as the one at `first`, which counts, with other content. */
  | { readonly kind: 'conflict'; readonly first: string; readonly findings: readonly SequenceFinding[] }
  /** The message that begins the swap is in none of the events: it may be in another file. */
  | { readonly kind: 'pending'; readonly findings: readonly SequenceFinding[] }
  | { readonly kind: 'violated'; readonly findings: readonly SequenceFinding[] };

export type FoldedEvent = { readonly event: SwapEvent; readonly outcome: EventOutcome };

export type FoldedSwap = {
  readonly state: SwapState;
  /** The state's status on the date asked for: an open swap may have matured by then. */
  readonly status: SwapStatus;
  /** In the order of the fold. */
  readonly outcomes: readonly FoldedEvent[];
};

/**
 * Folds all events of one swap, in any order.
 * @param events of one subject, and of one part where the parts are kept
 * @param asOf YYYY-MM-DD, the date for which the status is asked; null asks for the status by messages alone
 * @param from the state to start from; absent: nothing is known of the swap
 */
export function foldSwap(
  events: readonly SwapEvent[],
  asOf: string | null,
  from: SwapState = UNKNOWN_SWAP,
): FoldedSwap {
  let state = from;
  let isBeginningKnown = false;
  const outcomes = foldEvents(events, (event) => {
    const step = stepSwap(state, event);
    if (step.kind !== 'applied') return step;
    if (state.status === 'none' && event.event !== 'PTNG') isBeginningKnown = true;
    state = step.state;
    return { kind: 'applied', findings: step.warnings, dissemination: step.dissemination };
  });
  return {
    state,
    status: statusOn(state, asOf),
    outcomes: isBeginningKnown ? outcomes.map(settlePending) : outcomes,
  };
}

/**
 * What waited for the beginning of its swap stands before it, now that this is known: a swap that is not known takes
 * nothing but NEWT (figure 1). A swap that came from another repository may have a beginning there.
 */
const settlePending = ({ event, outcome }: FoldedEvent): FoldedEvent => ({
  event,
  outcome: outcome.kind === 'pending' ? { ...outcome, kind: 'violated' } : outcome,
});

/**
 * Hands the events to `apply` in the order of the fold, each event once: the first of a key counts. Whatever else has
 * the key is a duplicate of the event with its content, wherever that stands, or contradicts the first.
 */
export function foldEvents(
  events: readonly SwapEvent[],
  apply: (event: SwapEvent) => EventOutcome,
): FoldedEvent[] {
  const firsts = new Map<string, SwapEvent>();
  const contents = new Map<string, SwapEvent>();
  return [...events].sort(compareEvents).map((event) => {
    const first = contents.get(event.contentHash) ?? firsts.get(event.key);
    if (!contents.has(event.contentHash)) contents.set(event.contentHash, event);
    if (first !== undefined) return { event, outcome: repeatOf(event, first) };
    firsts.set(event.key, event);
    return { event, outcome: apply(event) };
  });
}

/** What becomes of an event whose key or content `first` has: it says the same, or contradicts it. */
export function repeatOf(event: SwapEvent, first: Pick<SwapEvent, 'contentHash' | 'place'>): EventOutcome {
  const kind = first.contentHash === event.contentHash ? 'duplicate' : 'conflict';
  const found = finding(`sequence.${kind}`, { first: first.place });
  return { kind, first: first.place, findings: [{ ...found, element: '26', value: event.action }] };
}

/** A swap as the repository knows it beside the same swap as we know it now. */
import { elementBySlot, everyValue } from '../swaps/record-content.ts';
import type { SwapState } from '../swaps/swap-state.ts';

/** Where the two differ; texts are blank where one says nothing. */
export type StandingDifference = {
  /** Element number of the specification; null for the status. */
  readonly element: string | null;
  readonly name: string;
  readonly asReported: string;
  readonly asKnown: string;
};

/** Of the message that was sent last, not of the swap. */
const OF_THE_MESSAGE = new Set('22 26 27 28 29 30 97'.split(' '));

const ORDER: ReadonlyMap<string, number> = new Map([...elementBySlot.keys()].map((slot, at) => [slot, at]));

/**
 * The status and every term that differ, in the order of the specification. The status of what the repository has
 * acknowledged nothing of is 'none'.
 * @param reported null: it has acknowledged nothing
 */
export function compareStanding(reported: SwapState | null, known: SwapState): StandingDifference[] {
  const status = {
    element: null,
    name: 'status',
    asReported: reported?.status ?? 'none',
    asKnown: known.status,
  };
  const [theirs, ours] = [reported, known].map(valuesOf) as [
    ReturnType<typeof valuesOf>,
    ReturnType<typeof valuesOf>,
  ];
  // Of what is not there nothing can differ: that it is not there says it all.
  const names = reported === null ? [] : [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
  const place = (name: string): number => ORDER.get(name) ?? ORDER.size;
  const fields = names
    .toSorted((left, right) => place(left) - place(right) || (left < right ? -1 : 1))
    .flatMap((name): StandingDifference[] => {
      const element = elementBySlot.get(name)?.number ?? null;
      if (element !== null && OF_THE_MESSAGE.has(element)) return [];
      const [asReported, asKnown] = [theirs, ours].map((values) => everyValue(values, name).join(';')) as [
        string,
        string,
      ];
      return asReported === asKnown ? [] : [{ element, name, asReported, asKnown }];
    });
  return [...(status.asReported === status.asKnown ? [] : [status]), ...fields];
}

const valuesOf = (state: SwapState | null): SwapState['terms'] => ({
  ...state?.terms,
  ...state?.valuation?.values,
  ...state?.margin?.values,
});

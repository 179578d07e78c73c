/** Open swaps on a day, and what is counted of them. */
import { ELEMENTS } from '../cftc/elements.ts';
import { addDecimals } from '../cftc/decimal-sum.ts';
import { isAmount } from '../cftc/decimal-ratio.ts';
import type { AssetClass } from '../cftc/scopes.ts';
import { ELEMENT_SLOTS } from '../swaps/column-slots.ts';
import { elementBySlot, singleValue, type RecordValues } from '../swaps/record-content.ts';
import { statusOn, type SwapState } from '../swaps/swap-state.ts';
import { isTermSlot, notionalOn } from '../swaps/swap-terms.ts';

export type SwapOnDay = {
  /** UTI, else USI. */
  readonly key: string;
  readonly state: SwapState;
  /** Null where neither a register nor a record tells. */
  readonly assetClass: AssetClass | null;
};

/** Is it open on the day: begun, not ended, not matured? Source: 17 CFR 49.9, open swaps reports. */
export const isOpenOn = ({ state }: Pick<SwapOnDay, 'state'>, day: string): boolean =>
  statusOn(state, day) === 'open';

const ORDER = new Map(ELEMENTS.map(({ number }, at) => [number, at]));
const SLOTS = [...new Set([...ELEMENT_SLOTS.values()].map(({ slot }) => slot))].sort(
  (left, right) => placeOf(left) - placeOf(right),
);
const TERMS = SLOTS.filter((slot) => isTermSlot(slot));
const VALUATION = SLOTS.filter((slot) => elementBySlot.get(slot)!.group === 'Valuation');

function placeOf(slot: string): number {
  return ORDER.get(elementBySlot.get(slot)!.number)!;
}

/** Columns of open swaps: what it is, its links, its terms, and its latest valuation, in the order of the specification. */
export const OPEN_SWAP_COLUMNS: readonly string[] = [
  'swap',
  'assetClass',
  'priorSwaps',
  'originalSwaps',
  'initialMarginPortfolio',
  'variationMarginPortfolio',
  ...TERMS,
  'valuationAsOf',
  ...VALUATION,
];

const select = (values: RecordValues, slots: readonly string[]): string[] =>
  slots.map((slot) => {
    const value = Object.hasOwn(values, slot) ? values[slot]! : '';
    return typeof value === 'string' ? value : value.join(';');
  });

export const openSwapRow = ({ key, state, assetClass }: SwapOnDay): string[] => [
  key,
  assetClass ?? '',
  state.links.prior.join(';'),
  state.links.original.join(';'),
  state.links.initialMarginPortfolio ?? '',
  state.links.variationMarginPortfolio ?? '',
  ...select(state.terms, TERMS),
  state.valuation?.asOf ?? '',
  ...select(state.valuation?.values ?? {}, VALUATION),
];

/** Is it one of the two counterparties (#13, #14)? */
export const isPartyOf = ({ state }: Pick<SwapOnDay, 'state'>, party: string): boolean =>
  singleValue(state.terms, 'counterparty1ReportingCounterparty') === party ||
  singleValue(state.terms, 'counterparty2') === party;

type Tally = { swaps: number; withoutAmount: number; notional: string };

export const COUNT_COLUMNS = [
  'assetClass',
  'leg',
  'currency',
  'swaps',
  'notional',
  'withoutNotional',
] as const;

/** Notional amounts by asset class, leg and currency. As many entries as there are of those, however many swaps. */
export function createSwapCounts(day: string) {
  const tallies = new Map<string, Tally>();

  const add = (group: readonly string[], amount: string | null): void => {
    const name = group.join('|');
    const tally = tallies.get(name) ?? { swaps: 0, withoutAmount: 0, notional: '0' };
    tallies.set(name, tally);
    tally.swaps += 1;
    if (amount === null) tally.withoutAmount += 1;
    else tally.notional = addDecimals(tally.notional, amount);
  };

  return {
    /** Counts a swap once per leg that has a currency or an amount; one without any, in its first leg. */
    add({ state, assetClass }: SwapOnDay): void {
      const legs = ([1, 2] as const).map((leg) => ({
        leg: String(leg),
        currency: singleValue(state.terms, `notionalCurrencyLeg${leg}`) ?? '',
        amount: amountOf(notionalOn(state.terms, leg, day), `notionalAmountLeg${leg}`),
      }));
      const known = legs.filter(({ currency, amount }) => currency !== '' || amount !== null);
      for (const { leg, currency, amount } of known.length > 0 ? known : legs.slice(0, 1))
        add([assetClass ?? '', leg, currency], amount);
    },
    /** Rows in the order of their groups. */
    rows(): string[][] {
      const names = [...tallies.keys()].sort();
      return names.map((name) => {
        const { swaps, withoutAmount, notional } = tallies.get(name)!;
        const sum = swaps === withoutAmount ? '' : notional;
        return [...name.split('|'), String(swaps), sum, String(withoutAmount)];
      });
    },
  };
}

/** A placeholder says that there is no amount yet: it is never summed up. */
function amountOf(value: string | null, slot: string): string | null {
  if (value === null || !isAmount(value)) return null;
  return elementBySlot.get(slot)?.placeholders.includes(value) ? null : value;
}

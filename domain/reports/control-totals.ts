/** Figures of a file by which its receiver can tell that nothing is missing: messages by action, amounts by currency. */
import { isAmount } from '../cftc/decimal-ratio.ts';
import { addDecimals } from '../cftc/decimal-sum.ts';
import { singleValue, type RecordValues } from '../swaps/record-content.ts';

export type ControlTotals = {
  /** Messages by action (#26). */
  readonly actions: Readonly<Record<string, number>>;
  /** Sums of the notional amount of leg 1 (#31) by its currency (#32), as decimals. */
  readonly notionalLeg1: Readonly<Record<string, string>>;
};

export type TotalsCounter = {
  add(values: RecordValues): void;
  /** In the order of actions and currencies. */
  totals(): ControlTotals;
};

/** Counts one file. */
export function createControlTotals(): TotalsCounter {
  const actions = new Map<string, number>();
  const amounts = new Map<string, string>();
  return {
    add(values) {
      const action = singleValue(values, 'actionType') ?? '';
      actions.set(action, (actions.get(action) ?? 0) + 1);
      const amount = singleValue(values, 'notionalAmountLeg1');
      if (amount === null || !isAmount(amount)) return;
      const currency = singleValue(values, 'notionalCurrencyLeg1') ?? '';
      amounts.set(currency, addDecimals(amounts.get(currency) ?? '0', amount));
    },
    totals: () => ({ actions: inOrder(actions), notionalLeg1: inOrder(amounts) }),
  };
}

const inOrder = <Value>(map: ReadonlyMap<string, Value>): Record<string, Value> =>
  Object.fromEntries([...map].sort(([one], [other]) => (one < other ? -1 : 1)));

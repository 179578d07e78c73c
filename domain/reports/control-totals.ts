/** Figures of a file by which its receiver can tell that nothing is missing: messages by action, amounts by currency. */
import { isAmount } from '../cftc/decimal-ratio.ts';
import { createDecimalSum, type DecimalSum } from '../cftc/decimal-sum.ts';

export type ControlTotals = {
  /** Messages by action (#26). */
  readonly actions: Readonly<Record<string, number>>;
  /** Sums of the notional amount of leg 1 (#31) by its currency (#32), as decimals. */
  readonly notionalLeg1: Readonly<Record<string, string>>;
};

export type TotalsCounter = {
  /**
   * @param action #26
   * @param amount #31 of leg 1; what is no decimal counts for nothing
   * @param currency #32 of leg 1; null where they are blank
   */
  add(action: string | null, amount: string | null, currency: string | null): void;
  /** In the order of actions and currencies. */
  totals(): ControlTotals;
};

/** Counts one file. */
export function createControlTotals(): TotalsCounter {
  const actions = new Map<string, number>();
  const amounts = new Map<string, DecimalSum>();
  const sumOf = (currency: string): DecimalSum => {
    const known = amounts.get(currency);
    if (known !== undefined) return known;
    const sum = createDecimalSum();
    amounts.set(currency, sum);
    return sum;
  };
  return {
    add(action, amount, currency) {
      actions.set(action ?? '', (actions.get(action ?? '') ?? 0) + 1);
      if (amount !== null && isAmount(amount)) sumOf(currency ?? '').add(amount);
    },
    totals: () => ({
      actions: inOrder(actions),
      notionalLeg1: inOrder(new Map([...amounts].map(([currency, sum]) => [currency, sum.total()]))),
    }),
  };
}

const inOrder = <Value>(map: ReadonlyMap<string, Value>): Record<string, Value> =>
  Object.fromEntries([...map].sort(([one], [other]) => (one < other ? -1 : 1)));

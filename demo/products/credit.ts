/** Credit default swaps on indices. */
import { setCells, type Cells } from '../columns.ts';
import { upiOf } from '../parties.ts';
import type { TradingDay } from '../trading-day.ts';
import { buyerAndSeller, drawNotional, startSwap, upfront, type Product } from './swap-terms.ts';

type CreditIndex = {
  readonly currency: string;
  readonly coupon: string;
  /** What is left of the index after its defaults. */
  readonly factor: string;
  readonly upi: string;
};

const index = (name: string, currency: string, coupon: string, factor: string): CreditIndex => ({
  currency,
  coupon,
  factor,
  upi: upiOf(`CR index ${name}`),
});

const INDICES: readonly CreditIndex[] = [
  index('North America investment grade', 'USD', '0.01', '1'),
  index('North America high yield', 'USD', '0.05', '0.99'),
  index('Europe main', 'EUR', '0.01', '1'),
  index('Europe crossover', 'EUR', '0.05', '0.9866666667'),
  index('Emerging markets', 'USD', '0.01', '0.95'),
];

function tradeIndexSwap(day: TradingDay): Cells {
  const { random } = day;
  const { currency, coupon, factor, upi } = random.pick(INDICES);
  const { cells, sides } = startSwap(day, 'CR', upi, 'Swap', currency, random.pick([3, 5, 5, 5, 7, 10]));
  setCells(cells, buyerAndSeller(sides));
  setCells(cells, upfront(day, sides, random.decimal(100, 1_500_000, 2), currency));
  return setCells(cells, {
    notionalAmountLeg1: drawNotional(day),
    fixedRateLeg1: coupon,
    fixedRateDayCountConventionLeg1: 'A004',
    fixedRatePaymentFrequencyPeriodLeg1: 'MNTH',
    fixedRatePaymentFrequencyPeriodMultiplierLeg1: '3',
    indexFactor: factor,
  });
}

export const CREDIT_INDEX_SWAP: Product = { assetClass: 'CR', isOption: false, trade: tradeIndexSwap };

/** Equity swaps: total return of one index or share, and portfolio swaps. */
import { setCells, type Cells } from '../columns.ts';
import { upiOf } from '../parties.ts';
import { formatScaled } from '../random.ts';
import type { TradingDay } from '../trading-day.ts';
import { legParties, startSwap, type Product } from './swap-terms.ts';

type Underlier = {
  readonly currency: string;
  readonly cents: readonly [number, number];
  readonly upi: string;
};

const underlier = (name: string, currency: string, low: number, high: number): Underlier => ({
  currency,
  cents: [low * 100, high * 100],
  upi: upiOf(`EQ ${name}`),
});

const SINGLE: readonly Underlier[] = [
  underlier('large cap index', 'USD', 5_600, 6_900),
  underlier('technology index', 'USD', 19_000, 25_000),
  underlier('euro area index', 'EUR', 4_900, 5_700),
  underlier('airline share', 'USD', 18, 60),
  underlier('bank share', 'GBP', 2, 9),
];

const PORTFOLIOS: readonly Underlier[] = [
  underlier('portfolio America', 'USD', 80, 140),
  underlier('portfolio Asia', 'HKD', 90, 150),
];

function tradeReturn(day: TradingDay, underliers: readonly Underlier[], custom: boolean): Cells {
  const { random } = day;
  const { currency, cents, upi } = random.pick(underliers);
  const { cells, sides } = startSwap(day, 'EQ', upi, 'Swap', currency, random.pick([0.25, 0.5, 1, 1, 2]));
  const price = random.int(cents[0], cents[1]);
  const quantity = random.int(1, 5_000) * 10;
  const notional = formatScaled(price * quantity, 2);
  setCells(cells, legParties(sides));
  return setCells(cells, {
    customBasketIndicator: custom ? 'True' : 'False',
    notionalAmountLeg1: notional,
    notionalAmountLeg2: notional,
    notionalCurrencyLeg2: currency,
    quantityUnitOfMeasureLeg1: 'SHAS',
    totalNotionalQuantityLeg1: String(quantity),
    price: formatScaled(price, 2),
    priceCurrency: currency,
    priceNotation: '1',
    priceUnitOfMeasure: 'SHAS',
    spreadLeg2: String(random.int(15, 180)),
    spreadNotationLeg2: '4',
    floatingRateDayCountConventionLeg2: 'A004',
    floatingRateResetFrequencyPeriodLeg2: 'DAIL',
    floatingRateResetFrequencyPeriodMultiplierLeg2: '1',
    floatingRatePaymentFrequencyPeriodLeg2: 'MNTH',
    floatingRatePaymentFrequencyPeriodMultiplierLeg2: '1',
    jurisdiction: random.pick(['CFTC', 'CFTC', 'MIXX']),
  });
}

export const TOTAL_RETURN_SWAP: Product = {
  assetClass: 'EQ',
  isOption: false,
  trade: (day) => tradeReturn(day, SINGLE, false),
};
export const PORTFOLIO_SWAP: Product = {
  assetClass: 'EQ',
  isOption: false,
  trade: (day) => tradeReturn(day, PORTFOLIOS, true),
};

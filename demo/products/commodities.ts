/** Commodity swaps: a fixed price against a floating one for a quantity per month. */
import { setCells, type Cells } from '../columns.ts';
import { upiOf } from '../parties.ts';
import { formatScaled } from '../random.ts';
import type { TradingDay } from '../trading-day.ts';
import { legParties, startSwap, type Product } from './swap-terms.ts';

type Commodity = {
  readonly unit: string;
  /** Lowest and highest price of a unit in cents. */
  readonly cents: readonly [number, number];
  readonly lot: number;
  /** Blank where no product identifier is designated yet, as the rules for commodities allow. */
  readonly upi: string;
};

const COMMODITIES: readonly Commodity[] = [
  { unit: 'BBL', cents: [5_800, 7_900], lot: 1_000, upi: upiOf('CO crude oil') },
  { unit: 'MMBT', cents: [280, 520], lot: 10_000, upi: upiOf('CO natural gas') },
  { unit: 'MT', cents: [880_000, 1_150_000], lot: 25, upi: upiOf('CO copper') },
  { unit: 'MT', cents: [18_000, 25_000], lot: 100, upi: '' },
  { unit: 'MWH', cents: [3_000, 9_500], lot: 50, upi: '' },
];

function tradeFixedFloat(day: TradingDay): Cells {
  const { random } = day;
  const { unit, cents, lot, upi } = random.pick(COMMODITIES);
  const months = random.pick([1, 3, 6, 12, 24]);
  const { cells, sides } = startSwap(day, 'CO', upi, 'Swap', 'USD', months / 12);
  const perMonth = random.int(1, 60) * lot;
  const price = random.int(cents[0], cents[1]);
  const notional = formatScaled(perMonth * months * price, 2);
  setCells(cells, legParties(sides));
  return setCells(cells, {
    notionalAmountLeg1: notional,
    notionalAmountLeg2: notional,
    notionalCurrencyLeg2: 'USD',
    notionalQuantityLeg1: String(perMonth),
    quantityFrequencyLeg1: 'MNTH',
    quantityFrequencyMultiplierLeg1: '1',
    quantityUnitOfMeasureLeg1: unit,
    totalNotionalQuantityLeg1: String(perMonth * months),
    price: formatScaled(price, 2),
    priceCurrency: 'USD',
    priceNotation: '1',
    priceUnitOfMeasure: unit,
    fixedRatePaymentFrequencyPeriodLeg1: 'MNTH',
    fixedRatePaymentFrequencyPeriodMultiplierLeg1: '1',
    fixedRateDayCountConventionLeg1: 'A020',
  });
}

export const COMMODITY_SWAP: Product = { assetClass: 'CO', isOption: false, trade: tradeFixedFloat };

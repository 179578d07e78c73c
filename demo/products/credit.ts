/** Credit default swaps on indices and on tranches of them. */
import { setCells, type Cells, type Values } from '../columns.ts';
import { upiOf } from '../parties.ts';
import type { TradingDay } from '../trading-day.ts';
import { buyerAndSeller, drawNotional, startSwap, upfront, type Product } from './swap-terms.ts';

type CreditIndex = {
  readonly currency: string;
  readonly coupon: string;
  /** What is left of the index after its defaults. */
  readonly factor: string;
  readonly upis: { readonly index: string; readonly tranche: string };
};

const index = (name: string, currency: string, coupon: string, factor: string): CreditIndex => ({
  currency,
  coupon,
  factor,
  upis: { index: upiOf(`CR index ${name}`), tranche: upiOf(`CR tranche ${name}`) },
});

const INDICES: readonly CreditIndex[] = [
  index('North America investment grade', 'USD', '0.01', '1'),
  index('North America high yield', 'USD', '0.05', '0.99'),
  index('Europe main', 'EUR', '0.01', '1'),
  index('Europe crossover', 'EUR', '0.05', '0.9866666667'),
  index('Emerging markets', 'USD', '0.01', '0.95'),
];

const TRANCHE_SHARE = 0.1;
/** Between which shares of the index that have defaulted a tranche loses. */
const TRANCHES = [
  ['0', '0.03'],
  ['0.03', '0.07'],
  ['0.07', '0.15'],
  ['0.15', '1'],
] as const;

function tranche(day: TradingDay): Values {
  const [attachment, detachment] = day.random.pick(TRANCHES);
  return {
    'upi.underlierType': 'Index tranche',
    cdsIndexAttachmentPoint: attachment,
    cdsIndexDetachmentPoint: detachment,
  };
}

function tradeIndexSwap(day: TradingDay): Cells {
  const { random } = day;
  const { currency, coupon, factor, upis } = random.pick(INDICES);
  const isTranche = random.chance(TRANCHE_SHARE);
  const upi = isTranche ? upis.tranche : upis.index;
  const { cells, sides } = startSwap(day, 'CR', upi, 'Swap', currency, random.pick([3, 5, 5, 5, 7, 10]));
  setCells(cells, isTranche ? tranche(day) : { 'upi.underlierType': 'Index' });
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

/** Interest rate swaps: fixed against overnight, basis, and options on them. */
import { AT, setCells, type Cells, type Values } from '../columns.ts';
import { upiOf } from '../parties.ts';
import type { TradingDay } from '../trading-day.ts';
import {
  buyerAndSeller,
  drawNotional,
  legParties,
  premium,
  settledIn,
  startSwap,
  upfront,
  type Product,
  type Start,
} from './swap-terms.ts';

type Curve = {
  readonly currency: string;
  /** Lowest and highest swap rate. */
  readonly rates: readonly [number, number];
  readonly dayCount: string;
  readonly upis: Readonly<Record<'overnight' | 'amortising' | 'basis' | 'swaption', string>>;
};

const curve = (currency: string, low: number, high: number, dayCount: string): Curve => ({
  currency,
  rates: [low, high],
  dayCount,
  upis: {
    overnight: upiOf(`IR swap overnight ${currency}`),
    amortising: upiOf(`IR swap overnight amortising ${currency}`),
    basis: upiOf(`IR swap basis ${currency}`),
    swaption: upiOf(`IR swaption ${currency}`),
  },
});

const CURVES: readonly Curve[] = [
  curve('USD', 0.033, 0.042, 'A004'),
  curve('USD', 0.033, 0.042, 'A004'),
  curve('EUR', 0.019, 0.028, 'A004'),
  curve('GBP', 0.036, 0.044, 'A005'),
  curve('JPY', 0.006, 0.021, 'A005'),
  curve('CAD', 0.024, 0.033, 'A005'),
  curve('AUD', 0.034, 0.044, 'A005'),
  curve('BRL', 0.112, 0.142, 'A018'),
];

const YEARS = [1, 2, 3, 5, 7, 10, 15, 20, 30];

const FLOATING_LEG_2: Values = {
  floatingRateResetFrequencyPeriodLeg2: 'DAIL',
  floatingRateResetFrequencyPeriodMultiplierLeg2: '1',
  floatingRatePaymentFrequencyPeriodLeg2: 'YEAR',
  floatingRatePaymentFrequencyPeriodMultiplierLeg2: '1',
};

const FLOATING_LEG_1: Values = {
  floatingRateResetFrequencyPeriodLeg1: 'MNTH',
  floatingRateResetFrequencyPeriodMultiplierLeg1: '3',
  floatingRatePaymentFrequencyPeriodLeg1: 'MNTH',
  floatingRatePaymentFrequencyPeriodMultiplierLeg1: '3',
};

const FIXED_LEG_1: Values = {
  fixedRatePaymentFrequencyPeriodLeg1: 'YEAR',
  fixedRatePaymentFrequencyPeriodMultiplierLeg1: '1',
};

/** What the UPI says of its underlier, in the words of the templates of rates. */
const OVERNIGHT: Values = { 'upi.underlierType': 'Overnight Index Swap (OIS)' };
const FLOAT_FLOAT: Values = { 'upi.underlierType': 'Basis Swap (Float - Float)' };

function startRates(day: TradingDay, { currency }: Curve, upi: string, instrument: 'Swap' | 'Option'): Start {
  const start = startSwap(day, 'IR', upi, instrument, currency, day.random.pick(YEARS));
  const notional = drawNotional(day, currency === 'JPY' ? 100_000_000 : 1_000_000);
  setCells(start.cells, {
    notionalAmountLeg1: notional,
    notionalAmountLeg2: notional,
    notionalCurrencyLeg2: currency,
    'upi.notionalSchedule': 'Constant',
  });
  return start;
}

/** The notional falls by a tenth of a round amount each year. */
function amortise(cells: Cells, day: TradingDay, upi: string): void {
  const amounts = [10, 9, 8].map((tenth) => String(tenth * 1_000_000));
  setCells(cells, {
    uniqueProductIdentifier: upi,
    'upi.notionalSchedule': 'Amortizing',
    notionalScheduleAmountLeg1: amounts.join(';'),
    notionalScheduleEffectiveDateLeg1: [0, 365, 730].map((offset) => day.day(offset)).join(';'),
    notionalScheduleEndDateLeg1: [365, 730, 1095].map((offset) => day.day(offset)).join(';'),
  });
}

/** The fixed and the overnight leg of a swap; also what a swaption is exercised into. */
export function fixedFloatTerms(
  day: TradingDay,
  dayCount: string,
  [low, high]: readonly [number, number],
): Values {
  return {
    ...OVERNIGHT,
    ...FIXED_LEG_1,
    ...FLOATING_LEG_2,
    fixedRateLeg1: day.random.decimal(low, high, 7),
    fixedRateDayCountConventionLeg1: dayCount,
    floatingRateDayCountConventionLeg2: dayCount,
  };
}

function tradeOvernightSwap(day: TradingDay): Cells {
  const { random } = day;
  const chosen = random.pick(CURVES);
  const { cells, sides } = startRates(day, chosen, chosen.upis.overnight, 'Swap');
  setCells(cells, legParties(sides));
  setCells(cells, fixedFloatTerms(day, chosen.dayCount, chosen.rates));
  if (random.chance(0.04)) amortise(cells, day, chosen.upis.amortising);
  if (random.chance(0.06))
    setCells(cells, upfront(day, sides, random.decimal(500, 250_000, 2), chosen.currency));
  return cells;
}

function tradeBasisSwap(day: TradingDay): Cells {
  const { random } = day;
  const chosen = random.pick(CURVES);
  const { cells, sides } = startRates(day, chosen, chosen.upis.basis, 'Swap');
  const inBasisPoints = random.chance(0.5);
  setCells(cells, legParties(sides));
  setCells(cells, FLOATING_LEG_1);
  return setCells(cells, {
    ...FLOAT_FLOAT,
    ...FLOATING_LEG_2,
    floatingRateDayCountConventionLeg1: chosen.dayCount,
    floatingRateDayCountConventionLeg2: chosen.dayCount,
    spreadLeg1: inBasisPoints ? String(random.int(-40, 60)) : random.decimal(-0.004, 0.006, 6),
    spreadNotationLeg1: inBasisPoints ? '4' : '3',
  });
}

function tradeSwaption(day: TradingDay): Cells {
  const { random } = day;
  const chosen = random.pick(CURVES);
  const { cells, sides } = startRates(day, chosen, chosen.upis.swaption, 'Option');
  setCells(cells, buyerAndSeller(sides));
  setCells(cells, premium(day, random.decimal(10_000, 900_000, 2), chosen.currency));
  return setCells(cells, {
    ...OVERNIGHT,
    ...settledIn(random.chance(0.5) ? chosen.currency : null),
    strikePrice: random.decimal(chosen.rates[0], chosen.rates[1], 6),
    strikePriceNotation: '3',
    firstExerciseDate: cells[AT.expirationDate]!,
  });
}

/** The terms of the swap that a swaption is exercised into. */
export function underlyingOfSwaption(day: TradingDay, swaption: Cells): Cells {
  const currency = swaption[AT.notionalCurrencyLeg1]!;
  const chosen = CURVES.find((one) => one.currency === currency) ?? CURVES[0]!;
  const cells = swaption.slice();
  setCells(cells, legParties({ first: cells[AT.buyerIdentifier]!, second: cells[AT.sellerIdentifier]! }));
  setCells(cells, fixedFloatTerms(day, chosen.dayCount, chosen.rates));
  return setCells(cells, {
    uniqueProductIdentifier: chosen.upis.overnight,
    'upi.instrumentType': 'Swap',
    ...settledIn(currency),
    fixedRateLeg1: swaption[AT.strikePrice]!,
    buyerIdentifier: '',
    sellerIdentifier: '',
    strikePrice: '',
    strikePriceNotation: '',
    optionPremiumAmount: '',
    optionPremiumCurrency: '',
    optionPremiumPaymentDate: '',
    firstExerciseDate: '',
  });
}

export const OVERNIGHT_SWAP: Product = { assetClass: 'IR', isOption: false, trade: tradeOvernightSwap };
export const BASIS_SWAP: Product = { assetClass: 'IR', isOption: false, trade: tradeBasisSwap };
export const SWAPTION: Product = { assetClass: 'IR', isOption: true, trade: tradeSwaption };

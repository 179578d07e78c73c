/** Foreign exchange: deliverable forwards, forwards settled in cash, options. */
import { AT, setCells, type Cells } from '../columns.ts';
import { upiOf } from '../parties.ts';
import { formatScaled } from '../random.ts';
import type { TradingDay } from '../trading-day.ts';
import {
  buyerAndSeller,
  drawSides,
  legParties,
  premium,
  settledIn,
  startSwap,
  type Product,
} from './swap-terms.ts';

type Pair = {
  readonly base: string;
  readonly quoted: string;
  /** Lowest and highest price of one unit of `base` in `quoted`. */
  readonly rates: readonly [number, number];
  readonly deliverable: boolean;
  readonly upis: { readonly forward: string; readonly option: string };
};

const pair = (base: string, quoted: string, low: number, high: number, deliverable = true): Pair => ({
  base,
  quoted,
  rates: [low, high],
  deliverable,
  upis: { forward: upiOf(`FX forward ${base}${quoted}`), option: upiOf(`FX option ${base}${quoted}`) },
});

const DELIVERABLE: readonly Pair[] = [
  pair('EUR', 'USD', 1.08, 1.19),
  pair('GBP', 'USD', 1.26, 1.37),
  pair('USD', 'JPY', 141, 158),
  pair('AUD', 'USD', 0.63, 0.69),
  pair('USD', 'CHF', 0.79, 0.88),
  pair('EUR', 'GBP', 0.83, 0.88),
];

const NON_DELIVERABLE: readonly Pair[] = [
  pair('USD', 'BRL', 5.2, 5.9, false),
  pair('USD', 'INR', 84, 89, false),
  pair('USD', 'KRW', 1350, 1480, false),
  pair('USD', 'TWD', 29, 33, false),
  pair('USD', 'CNY', 7.05, 7.3, false),
];

const BOTH = [...DELIVERABLE, ...NON_DELIVERABLE];
const MONTHS = [1, 2, 3, 6, 9, 12, 24];
const RATE_DECIMALS = 6;

type Exchange = { readonly baseAmount: string; readonly quotedAmount: string; readonly rate: string };

/** Amounts in both currencies at a rate between the pair's bounds. */
function drawExchange({ random }: TradingDay, { rates: [low, high] }: Pair): Exchange {
  const millionth = 10 ** RATE_DECIMALS;
  const rate = random.int(low * millionth, high * millionth);
  const amount = random.int(1, 400) * 250_000;
  return {
    baseAmount: String(amount),
    quotedAmount: formatScaled(Math.round((amount * rate) / 10_000), 2),
    rate: formatScaled(rate, RATE_DECIMALS),
  };
}

function tradeForward(day: TradingDay, pairs: readonly Pair[]): Cells {
  const chosen = day.random.pick(pairs);
  const { base, quoted, deliverable, upis } = chosen;
  const { cells, sides } = startSwap(day, 'FX', upis.forward, 'Forward', base, day.random.pick(MONTHS) / 12);
  const { baseAmount, quotedAmount, rate } = drawExchange(day, chosen);
  setCells(cells, legParties(sides));
  setCells(cells, {
    notionalAmountLeg1: baseAmount,
    notionalAmountLeg2: quotedAmount,
    notionalCurrencyLeg2: quoted,
    exchangeRate: rate,
    exchangeRateBasis: `${base}/${quoted}`,
  });
  if (deliverable) return setCells(cells, settledIn(null));
  setCells(cells, { fixingDateLeg1: cells[AT.expirationDate]! });
  return quoted === 'CNY' ? setCells(cells, { settlementLocation: 'HK' }) : cells;
}

function tradeOption(day: TradingDay): Cells {
  const { random } = day;
  const chosen = random.pick(BOTH);
  const { base, quoted, deliverable, upis } = chosen;
  const { cells } = startSwap(day, 'FX', upis.option, 'Option', base, random.pick(MONTHS) / 12);
  const { baseAmount, quotedAmount, rate } = drawExchange(day, chosen);
  setCells(cells, buyerAndSeller(drawSides(day, cells[AT.counterparty2]!)));
  setCells(cells, premium(day, random.decimal(1_000, 200_000, 2), base));
  return setCells(cells, {
    notionalAmountLeg1: baseAmount,
    notionalAmountLeg2: quotedAmount,
    notionalCurrencyLeg2: quoted,
    callAmount: baseAmount,
    callCurrency: base,
    putAmount: quotedAmount,
    putCurrency: quoted,
    exchangeRate: rate,
    exchangeRateBasis: `${base}/${quoted}`,
    strikePrice: rate,
    strikePriceCurrencyOrPair: `${base}/${quoted}`,
    strikePriceNotation: '1',
    firstExerciseDate: cells[AT.expirationDate]!,
    ...settledIn(deliverable ? null : base),
    fixingDateLeg1: deliverable ? '' : cells[AT.expirationDate]!,
  });
}

export const FX_FORWARD: Product = {
  assetClass: 'FX',
  isOption: false,
  trade: (day) => tradeForward(day, DELIVERABLE),
};
export const NON_DELIVERABLE_FORWARD: Product = {
  assetClass: 'FX',
  isOption: false,
  trade: (day) => tradeForward(day, NON_DELIVERABLE),
};
export const FX_OPTION: Product = { assetClass: 'FX', isOption: true, trade: tradeOption };

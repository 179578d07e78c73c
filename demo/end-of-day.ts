/** The reports at the end of the day: what the swaps are worth, and what margin lies for them. */
import { AT, blankCells, setCells, type Cells, type Values } from './columns.ts';
import { marginValues } from './margin.ts';
import { takeAt } from './mutations.ts';
import { COUNTERPARTIES, OUR_ENTITY, upiOf } from './parties.ts';
import { createPortfolios } from './portfolios.ts';
import type { TradingDay } from './trading-day.ts';

/** Swaps of the day that are remembered for their valuation; a bound, so that memory does not grow with the day. */
const MAX_REMEMBERED = 4_096;
/** Valued swaps with margin of their own whose margin is not reported yet. */
const MAX_WAITING = 64;
const MARGIN_SHARE = 0.15;
const EARLIER_SHARE = 0.3;
const OWN_MARGIN_SHARE = 0.3;

const BOOK_VALUE = { low: -5_000_000, high: 5_000_000 };

export type EndOfDay = {
  /** Notes a swap that is valued tonight. */
  remember(swap: Cells): void;
  /** The next report. */
  next(): Cells;
};

const REPORTED: Values = {
  counterparty1: OUR_ENTITY.lei,
  counterparty2IdentifierSource: 'LEID',
  submitterIdentifier: OUR_ENTITY.lei,
};

/** What was traded on earlier days and is still open. */
const EARLIER: readonly Values[] = [
  { assetClass: 'CR', 'upi.instrumentType': 'Swap', uniqueProductIdentifier: upiOf('CR earlier') },
  { assetClass: 'EQ', 'upi.instrumentType': 'Swap', uniqueProductIdentifier: upiOf('EQ earlier') },
  { assetClass: 'FX', 'upi.instrumentType': 'Option', uniqueProductIdentifier: upiOf('FX earlier') },
  { assetClass: 'IR', 'upi.instrumentType': 'Swap', uniqueProductIdentifier: upiOf('IR earlier') },
];

/**
 * Makes the end of a day: the day's swaps and swaps of earlier days are valued. The margin of a portfolio, or
 * of a swap by itself, is reported behind the valuations that name it, and once.
 */
export function createEndOfDay(day: TradingDay): EndOfDay {
  const { random } = day;
  const remembered: Cells[] = [];
  const portfolios = createPortfolios(random);
  const waiting: Cells[] = [];

  const earlierSwap = (): Cells =>
    setCells(blankCells(), {
      ...REPORTED,
      ...random.pick(EARLIER),
      uniqueTransactionIdentifierUti: day.identifier(OUR_ENTITY.lei),
      counterparty2: random.pick(COUNTERPARTIES).lei,
      notionalCurrencyLeg1: 'USD',
    });

  /** The margin of a swap by itself is called the day after its trade at the earliest. */
  const value = (): Cells => {
    const swap = (random.chance(EARLIER_SHARE) ? null : remembered.pop()) ?? earlierSwap();
    const isEarlier = swap[AT.actionType] === '';
    const hasOwnMargin = isEarlier && random.chance(OWN_MARGIN_SHARE);
    if (hasOwnMargin && waiting.length < MAX_WAITING) waiting.push(swap);
    return reportValue(day, swap, hasOwnMargin ? null : portfolios.include(partyOf(swap)));
  };

  const margin = (): Cells | null => {
    const swap = waiting.length > 0 && random.chance(OWN_MARGIN_SHARE) ? takeAt(waiting, 0) : null;
    if (swap !== null) return reportMargin(day, partyOf(swap), TRANSACTION_LEVEL, swap);
    const portfolio = portfolios.close();
    return portfolio && reportMargin(day, portfolio, portfolioCodes(portfolio.code), null);
  };

  return {
    remember(swap) {
      if (remembered.length < MAX_REMEMBERED) remembered.push(swap.slice());
    },
    next() {
      return (random.chance(MARGIN_SHARE) && margin()) || value();
    },
  };
}

const partyOf = (swap: Cells): { party: string; source: string } => ({
  party: swap[AT.counterparty2]!,
  source: swap[AT.counterparty2IdentifierSource]!,
});

const TRANSACTION_LEVEL: Values = {
  initialMarginPortfolioCode: 'TRANSACTIONLEVEL',
  variationMarginPortfolioCode: 'TRANSACTIONLEVEL',
};

const portfolioCodes = (code: string): Values => ({
  initialMarginPortfolioCode: `IM${code}`,
  variationMarginPortfolioCode: `VM${code}`,
});

/** @param code of the portfolio that the swap's margin is in; null where the swap has margin of its own */
function reportValue(day: TradingDay, swap: Cells, code: string | null): Cells {
  const { random } = day;
  const isOption = swap[AT['upi.instrumentType']] === 'Option';
  const floats = swap[AT.assetClass] === 'IR';
  return setCells(blankCells(), {
    ...REPORTED,
    ...(code === null ? TRANSACTION_LEVEL : portfolioCodes(code)),
    actionType: 'VALU',
    messageType: 'valuation',
    assetClass: swap[AT.assetClass]!,
    uniqueTransactionIdentifierUti: swap[AT.uniqueTransactionIdentifierUti]!,
    uniqueProductIdentifier: swap[AT.uniqueProductIdentifier]!,
    'upi.instrumentType': swap[AT['upi.instrumentType']]!,
    counterparty2: swap[AT.counterparty2]!,
    counterparty2IdentifierSource: swap[AT.counterparty2IdentifierSource]!,
    reportingTimestamp: day.timestamp(random.int(1, 60)),
    delta: isOption ? random.decimal(-1, 1, 5) : '',
    valuationAmount: random.decimal(BOOK_VALUE.low, BOOK_VALUE.high, 2),
    valuationCurrency: swap[AT.notionalCurrencyLeg1]!,
    valuationMethod: random.pick(['MTMA', 'MTMO']),
    valuationTimestamp: random.chance(0.5) ? day.date : `${day.date}T23:59:59Z`,
    nextFloatingReferenceResetDateLeg2: floats ? day.day(random.int(1, 90)) : '',
    lastFloatingReferenceValueLeg2: floats ? random.decimal(0.01, 0.05, 8) : '',
    lastFloatingReferenceResetDateLeg2: floats ? day.day(-1) : '',
  });
}

/** @param swap whose margin it is; null where it is that of a portfolio */
function reportMargin(
  day: TradingDay,
  { party, source }: { readonly party: string; readonly source: string },
  codes: Values,
  swap: Cells | null,
): Cells {
  const { random } = day;
  return setCells(blankCells(), {
    ...REPORTED,
    ...codes,
    ...marginValues(random),
    actionType: 'MARU',
    messageType: 'collateral',
    uniqueTransactionIdentifierUti: swap?.[AT.uniqueTransactionIdentifierUti] ?? '',
    counterparty2: party,
    counterparty2IdentifierSource: source,
    eventTimestamp: `${day.date}T00:00:00Z`,
    reportingTimestamp: day.timestamp(random.int(1, 60)),
    affiliatedCounterpartyForMarginAndCapitalIndicator: 'False',
    portfolioContainingNonReportableComponentIndicator: random.chance(0.1) ? 'True' : 'False',
  });
}

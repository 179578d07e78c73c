/** The reports at the end of the day: what the swaps are worth and what margin lies for them. */
import { AT, blankCells, setCells, type Cells, type Values } from './columns.ts';
import { COUNTERPARTIES, OUR_ENTITY } from './parties.ts';
import type { TradingDay } from './trading-day.ts';

/** Swaps of the day that are remembered for their valuation; a bound, so that memory does not grow with the day. */
const MAX_REMEMBERED = 4_096;

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

/** Makes the end of a day: first the day's swaps are valued, then swaps of earlier days, margins in between. */
export function createEndOfDay(day: TradingDay): EndOfDay {
  const { random } = day;
  const remembered: Cells[] = [];
  let portfolios = 0;

  const earlierSwap = (): Cells =>
    setCells(blankCells(), {
      ...REPORTED,
      assetClass: random.pick(['CR', 'EQ', 'FX', 'IR']),
      uniqueTransactionIdentifierUti: day.identifier(OUR_ENTITY.lei),
      counterparty2: random.pick(COUNTERPARTIES).lei,
      notionalCurrencyLeg1: 'USD',
    });

  return {
    remember(swap) {
      if (remembered.length < MAX_REMEMBERED) remembered.push(swap.slice());
    },
    next() {
      if (random.chance(0.15)) {
        portfolios += 1;
        return reportMargin(day, portfolios);
      }
      return reportValue(day, remembered.pop() ?? earlierSwap());
    },
  };
}

function reportValue(day: TradingDay, swap: Cells): Cells {
  const { random } = day;
  const isOption = swap[AT['upi.instrumentType']] === 'Option';
  const perSwap = random.chance(0.2);
  const cells = setCells(blankCells(), {
    actionType: 'VALU',
    messageType: 'valuation',
    assetClass: swap[AT.assetClass]!,
    uniqueTransactionIdentifierUti: swap[AT.uniqueTransactionIdentifierUti]!,
    uniqueProductIdentifier: swap[AT.uniqueProductIdentifier]!,
    'upi.instrumentType': swap[AT['upi.instrumentType']]!,
    counterparty2: swap[AT.counterparty2]!,
    reportingTimestamp: day.timestamp(random.int(1, 60)),
    delta: isOption ? random.decimal(-1, 1, 5) : '',
    valuationAmount: random.decimal(BOOK_VALUE.low, BOOK_VALUE.high, 2),
    valuationCurrency: swap[AT.notionalCurrencyLeg1]!,
    valuationMethod: random.pick(['MTMA', 'MTMO']),
    valuationTimestamp: random.chance(0.5) ? day.date : `${day.date}T23:59:59Z`,
    lastFloatingReferenceValueLeg2: swap[AT.assetClass] === 'IR' ? random.decimal(0.01, 0.05, 8) : '',
    initialMarginPortfolioCode: perSwap ? 'TRANSACTIONLEVEL' : `IM${random.int(1, 400)}`,
    variationMarginPortfolioCode: perSwap ? 'NOTAPPLICABLE' : `VM${random.int(1, 400)}`,
  });
  return setCells(cells, {
    ...REPORTED,
    counterparty2IdentifierSource: swap[AT.counterparty2IdentifierSource]!,
  });
}

/** What our categories of collateral let each side post, in variation margin. */
const CATEGORIES = [
  { category: 'UNCL', posted: false, collected: false },
  { category: 'PRC1', posted: true, collected: false },
  { category: 'PRC2', posted: false, collected: true },
  { category: 'PRCL', posted: true, collected: true },
] as const;

function reportMargin(day: TradingDay, portfolio: number): Cells {
  const { random } = day;
  const { category, posted, collected } = random.pick(CATEGORIES);
  const cells = setCells(blankCells(), REPORTED);
  return setCells(cells, {
    actionType: 'MARU',
    messageType: 'collateral',
    counterparty2: random.pick(COUNTERPARTIES).lei,
    eventTimestamp: `${day.date}T00:00:00Z`,
    reportingTimestamp: day.timestamp(random.int(1, 60)),
    affiliatedCounterpartyForMarginAndCapitalIndicator: 'False',
    collateralisationCategory: category,
    initialMarginPortfolioCode: `IM${portfolio}`,
    portfolioContainingNonReportableComponentIndicator: random.chance(0.1) ? 'True' : 'False',
    variationMarginPortfolioCode: `VM${portfolio}`,
    variationMarginPosted: posted ? random.decimal(0, 40_000_000, 2) : '',
    currencyOfVariationMarginPosted: posted ? 'USD' : '',
    variationMarginCollected: collected ? random.decimal(0, 40_000_000, 2) : '',
    currencyOfVariationMarginCollected: collected ? 'USD' : '',
  });
}

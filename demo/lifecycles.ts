/**
 * Lives of swaps within the day. A story is a generator: each row it yields is an event at the time at which it is
 * asked for, so that the events of many swaps interleave and those of one stay in order. Pairs of action and event
 * are those that the specification's appendix F allows.
 */
import { clear, clearAndAllocate } from './clearing.ts';
import { AT, setCells, type Cells, type Slot, type Values } from './columns.ts';
import { replaceParty, report, scaled, shareOf, succeed, type Life } from './events.ts';
import { COUNTERPARTIES, OUR_ENTITY, REPOSITORIES } from './parties.ts';
import { COMMODITY_SWAP } from './products/commodities.ts';
import type { Product } from './products/swap-terms.ts';
import { CREDIT_INDEX_SWAP } from './products/credit.ts';
import { FX_FORWARD, FX_OPTION, NON_DELIVERABLE_FORWARD } from './products/currencies.ts';
import { PORTFOLIO_SWAP, TOTAL_RETURN_SWAP } from './products/equities.ts';
import { BASIS_SWAP, OVERNIGHT_SWAP, SWAPTION, underlyingOfSwaption } from './products/rates.ts';
import type { TradingDay } from './trading-day.ts';

export type Story = {
  /** How often it is told, against the weights of the others. */
  readonly weight: number;
  /** What it can be about; a product that is named twice is traded twice as often. */
  readonly products: readonly Product[];
  readonly tell: (day: TradingDay, swap: Cells) => Life;
};

const OPTIONS: readonly Product[] = [SWAPTION, FX_OPTION];
const RATES: readonly Product[] = [OVERNIGHT_SWAP, BASIS_SWAP];

/** Everything that is traded, in the shares of a dealer's day. */
export const ALL_PRODUCTS: readonly Product[] = [
  ...[OVERNIGHT_SWAP, OVERNIGHT_SWAP, OVERNIGHT_SWAP, BASIS_SWAP, SWAPTION],
  ...[FX_FORWARD, FX_FORWARD, FX_FORWARD, NON_DELIVERABLE_FORWARD, FX_OPTION],
  ...[CREDIT_INDEX_SWAP, CREDIT_INDEX_SWAP],
  ...[TOTAL_RETURN_SWAP, PORTFOLIO_SWAP],
  ...[COMMODITY_SWAP, COMMODITY_SWAP],
];

/** Something that was missing from a report and is not agreed anew. */
const SUPPLEMENT: Values = { embeddedOptionType: 'OTHR', amendmentIndicator: 'False' };

function* amend(day: TradingDay, swap: Cells): Life {
  yield report(day, swap, 'NEWT TRAD');
  setCells(swap, scaled(swap, day.random.pick([0.5, 0.75, 1.5, 2])));
  yield report(day, swap, 'MODI TRAD', { amendmentIndicator: 'True' });
  if (day.random.chance(0.2)) yield report(day, swap, 'MODI TRAD', SUPPLEMENT);
}

/** What becomes known only later. */
function* complete(day: TradingDay, swap: Cells): Life {
  yield report(day, swap, 'NEWT TRAD', { settlementLocation: '' });
  const settlementLocation = swap[AT.settlementLocation] || 'US';
  yield report(day, swap, 'MODI TRAD', { amendmentIndicator: 'False', settlementLocation });
}

function* correct(day: TradingDay, swap: Cells): Life {
  yield report(day, swap, 'NEWT TRAD', scaled(swap, 10));
  yield report(day, swap, 'CORR');
}

/** The payment for ending a swap early, behind the payments that it has. */
function unwind(day: TradingDay, swap: Cells): Values {
  const payment: Values = {
    otherPaymentType: 'UWIN',
    otherPaymentAmount: day.random.decimal(100, 90_000, 2),
    otherPaymentCurrency: swap[AT.notionalCurrencyLeg1]!,
    otherPaymentDate: day.day(2),
    otherPaymentPayer: OUR_ENTITY.lei,
    otherPaymentReceiver: swap[AT.counterparty2]!,
  };
  if (swap[AT.otherPaymentType] === '') return payment;
  let slot: Slot;
  for (slot in payment) payment[slot] = `${swap[AT[slot]]};${payment[slot]}`;
  return payment;
}

function* terminate(day: TradingDay, swap: Cells): Life {
  yield report(day, swap, 'NEWT TRAD');
  yield report(day, swap, 'TERM ETRM', unwind(day, swap));
  if (day.random.chance(0.1)) yield report(day, swap, 'REVI');
}

function* withdraw(day: TradingDay, swap: Cells): Life {
  yield report(day, swap, 'NEWT TRAD');
  yield report(day, swap, 'EROR');
  if (day.random.chance(0.4)) yield report(day, swap, 'REVI');
}

/** What the remaining party steps into: the same swap with somebody else. */
function stepIn(day: TradingDay, swap: Cells): Cells {
  const previous = swap[AT.counterparty2]!;
  const next = day.random.pick(COUNTERPARTIES.filter(({ lei }) => lei !== previous)).lei;
  const successor = succeed(day, swap, OUR_ENTITY.lei, {
    counterparty2: next,
    counterparty2IdentifierSource: 'LEID',
  });
  return replaceParty(successor, previous, next);
}

function* novate(day: TradingDay, swap: Cells): Life {
  yield report(day, swap, 'NEWT TRAD');
  yield report(day, swap, 'TERM NOVA');
  yield report(day, stepIn(day, swap), 'NEWT NOVA');
}

function* novatePartly(day: TradingDay, swap: Cells): Life {
  yield report(day, swap, 'NEWT TRAD');
  const half = scaled(swap, 0.5);
  yield report(day, swap, 'MODI NOVA', { ...half, amendmentIndicator: 'True' });
  yield report(day, setCells(stepIn(day, swap), half), 'NEWT NOVA');
}

function* allocate(day: TradingDay, swap: Cells): Life {
  setCells(swap, { allocationIndicator: 'PREA', blockTradeElectionIndicator: 'True' });
  yield report(day, swap, 'NEWT TRAD');
  yield report(day, swap, 'TERM ALOC');
  for (const share of day.random.pick([
    [0.7, 0.3],
    [0.5, 0.25, 0.25],
    [0.6, 0.4],
  ])) {
    const fund = stepIn(day, swap);
    setCells(fund, { ...scaled(swap, share), allocationIndicator: 'POST' });
    yield report(day, fund, 'NEWT ALOC');
  }
}

/** A swaption becomes the swap that it is about, as a whole or in part; other options are settled in cash. */
function* exercise(day: TradingDay, option: Cells): Life {
  yield report(day, option, 'NEWT TRAD');
  if (option[AT.assetClass] !== 'IR') {
    yield report(day, option, 'TERM EXER');
    return;
  }
  const share = day.random.chance(0.7) ? 1 : 0.4;
  if (share === 1) yield report(day, option, 'TERM EXER');
  else yield report(day, option, 'MODI EXER', { ...scaled(option, 1 - share), amendmentIndicator: 'False' });
  const terms = succeed(day, underlyingOfSwaption(day, option), OUR_ENTITY.lei);
  yield report(day, setCells(terms, scaled(option, share)), 'NEWT EXER');
}

function* compress(day: TradingDay, swap: Cells): Life {
  const second = succeed(day, swap, OUR_ENTITY.lei, { ...scaled(swap, 0.5), priorUti: '' });
  yield report(day, swap, 'NEWT TRAD');
  yield report(day, second, 'NEWT TRAD');
  const eventIdentifier = day.identifier(OUR_ENTITY.lei);
  yield report(day, swap, 'TERM COMP', { eventIdentifier });
  yield report(day, second, 'TERM COMP', { eventIdentifier });
  const rest = succeed(day, swap, OUR_ENTITY.lei, { ...scaled(swap, 0.75), priorUti: '' });
  yield report(day, rest, 'NEWT COMP', { eventIdentifier });
}

function* defaultInIndex(day: TradingDay, swap: Cells): Life {
  yield report(day, swap, 'NEWT TRAD');
  const eventIdentifier = day.identifier(REPOSITORIES[0]!.lei);
  yield report(day, swap, 'MODI CREV', { eventIdentifier, amendmentIndicator: 'True', indexFactor: '0.93' });
}

function* splitShare(day: TradingDay, swap: Cells): Life {
  yield report(day, swap, 'NEWT TRAD');
  yield report(day, swap, 'MODI CORP', {
    amendmentIndicator: 'True',
    totalNotionalQuantityLeg1: shareOf(swap[AT.totalNotionalQuantityLeg1]!, 10),
    price: shareOf(swap[AT.price]!, 0.1),
  });
}

function* upgrade(day: TradingDay, swap: Cells): Life {
  setCells(swap, { nonStandardizedTermIndicator: 'True' });
  yield report(day, swap, 'NEWT TRAD');
  yield report(day, swap, 'MODI UPDT', SUPPLEMENT);
}

function* port(day: TradingDay, swap: Cells): Life {
  yield report(day, swap, 'NEWT TRAD');
  yield report(day, swap, 'PRTO PTNG', { newSdrIdentifier: REPOSITORIES[1]!.lei });
  if (day.random.chance(0.3)) {
    yield report(day, swap, 'NEWT PTNG', { newSdrIdentifier: REPOSITORIES[0]!.lei });
  }
}

/** A swap from before there were UTIs: known by its USI alone. */
function* amendLegacy(day: TradingDay, swap: Cells): Life {
  setCells(swap, {
    uniqueTransactionIdentifierUti: '',
    uniqueSwapIdentifierUsi: `1031234567${day.random.code(day.random.int(12, 32))}`,
    executionTimestamp: `${day.day(-3_500)}T15:30:00Z`,
    effectiveDate: day.day(-3_498),
  });
  yield report(day, swap, 'MODI TRAD', { amendmentIndicator: 'True' });
  if (day.random.chance(0.6)) yield report(day, swap, 'TERM NOVA');
  else return;
  const priorUsi = swap[AT.uniqueSwapIdentifierUsi]!;
  yield report(day, stepIn(day, swap), 'NEWT NOVA', { uniqueSwapIdentifierUsi: '', priorUsi, priorUti: '' });
}

/** The stories in which a swap has more than one event; all others are traded and nothing else. */
export const STORIES: readonly Story[] = [
  { weight: 20, products: ALL_PRODUCTS, tell: amend },
  { weight: 10, products: ALL_PRODUCTS, tell: complete },
  { weight: 12, products: ALL_PRODUCTS, tell: correct },
  { weight: 12, products: ALL_PRODUCTS, tell: terminate },
  { weight: 7, products: ALL_PRODUCTS, tell: withdraw },
  { weight: 6, products: ALL_PRODUCTS, tell: novate },
  { weight: 3, products: ALL_PRODUCTS, tell: novatePartly },
  { weight: 14, products: [...RATES, CREDIT_INDEX_SWAP], tell: clear },
  { weight: 5, products: [...RATES, FX_FORWARD], tell: allocate },
  { weight: 2, products: RATES, tell: clearAndAllocate },
  { weight: 6, products: OPTIONS, tell: exercise },
  { weight: 3, products: RATES, tell: compress },
  { weight: 2, products: [CREDIT_INDEX_SWAP], tell: defaultInIndex },
  { weight: 2, products: [TOTAL_RETURN_SWAP], tell: splitShare },
  { weight: 1, products: ALL_PRODUCTS, tell: upgrade },
  { weight: 2, products: ALL_PRODUCTS, tell: port },
  { weight: 2, products: ALL_PRODUCTS, tell: amendLegacy },
];

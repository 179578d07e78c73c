/** How a swap's terms become the submission of an event, and how one swap comes out of another. */
import { AT, setCells, type Cells, type Slot, type Values } from './columns.ts';
import { formatScaled, hashText } from './random.ts';
import type { TradingDay } from './trading-day.ts';

/** Pairs of action and event that the demo submits; only CORR, EROR, REVI, VALU and MARU go without an event. */
export type TradeAction =
  | 'NEWT TRAD'
  | 'NEWT NOVA'
  | 'NEWT COMP'
  | 'NEWT CLRG'
  | 'NEWT EXER'
  | 'NEWT ALOC'
  | 'NEWT CLAL'
  | 'NEWT PTNG'
  | 'MODI TRAD'
  | 'MODI NOVA'
  | 'MODI EXER'
  | 'MODI CREV'
  | 'MODI CORP'
  | 'MODI UPDT'
  | 'TERM NOVA'
  | 'TERM COMP'
  | 'TERM ETRM'
  | 'TERM CLRG'
  | 'TERM EXER'
  | 'TERM ALOC'
  | 'TERM CLAL'
  | 'PRTO PTNG'
  | 'CORR'
  | 'EROR'
  | 'REVI';

/** The events of a swap as they happen: each is dated by the time at which it is asked for. */
export type Life = Generator<Cells, void, void>;

/** The roles in which a swap names its parties. */
export const PARTY_SLOTS: readonly Slot[] = [
  'buyerIdentifier',
  'sellerIdentifier',
  'payerIdentifierLeg1',
  'payerIdentifierLeg2',
  'receiverIdentifierLeg1',
  'receiverIdentifierLeg2',
  'otherPaymentPayer',
  'otherPaymentReceiver',
];

const LONGEST_DELAY = 180;

/** How many seconds the reports of a swap take; always the same, so that they come in the order of its events. */
const delayOf = (swap: Cells): number =>
  1 +
  (hashText(swap[AT.uniqueTransactionIdentifierUti]! || swap[AT.uniqueSwapIdentifierUsi]!) % LONGEST_DELAY);

/** A submission about a swap, made now and reported some seconds later. */
export function report(day: TradingDay, swap: Cells, act: TradeAction, values: Values = {}): Cells {
  const cells = swap.slice();
  cells[AT.actionType] = act.slice(0, 4);
  cells[AT.eventType] = act.slice(5);
  cells[AT.eventTimestamp] = day.timestamp();
  cells[AT.reportingTimestamp] = day.timestamp(delayOf(swap));
  return setCells(cells, values);
}

/** A new swap with the terms of another, traded now under an identifier that `maker` makes. */
export function succeed(day: TradingDay, swap: Cells, maker: string, values: Values = {}): Cells {
  const cells = swap.slice();
  setCells(cells, {
    uniqueTransactionIdentifierUti: day.identifier(maker),
    priorUti: swap[AT.uniqueTransactionIdentifierUti]!,
    executionTimestamp: day.timestamp(),
  });
  return setCells(cells, values);
}

/** Puts one party in the place of another in all roles of the swap. */
export function replaceParty(cells: Cells, from: string, to: string): Cells {
  for (const slot of PARTY_SLOTS) if (cells[AT[slot]] === from) cells[AT[slot]] = to;
  return cells;
}

/** A share of an amount, to the cent. */
export function shareOf(amount: string, share: number): string {
  return formatScaled(Math.max(1, Math.round(Number(amount) * 100 * share)), 2);
}

const SIZES: readonly Slot[] = [
  'notionalAmountLeg1',
  'notionalAmountLeg2',
  'callAmount',
  'putAmount',
  'notionalQuantityLeg1',
  'totalNotionalQuantityLeg1',
];

/** A share of what the swap is about: notionals, the call and put amounts that equal them, and quantities. */
export function scaled(cells: Cells, share: number): Values {
  const values: Values = {};
  for (const slot of SIZES) {
    const amount = cells[AT[slot]]!;
    if (amount !== '') values[slot] = shareOf(amount, share);
  }
  return values;
}

/**
 * The fifteen worked examples of the CFTC technical specification v3.2, appendix F: the messages, which of them the public
 * sees and to which they then refer, and what the swaps are in the end. The examples' shortened identifiers are replaced
 * by valid ones; swaps are named by letters.
 */
import type { SwapStatus } from '../../../domain/cftc/swap-states.ts';
import type { RecordValues } from '../../../domain/swaps/record-content.ts';
import { message, REPORTER, SECOND_REPOSITORY, uti } from '../../support/swap-events.ts';

/** `true`: seen by the public; a number: the message of the example, from 1, whose identifier it refers to. */
type Seen = boolean | number;

export type ExampleMessage = { readonly values: RecordValues; readonly seen: Seen; readonly swap: string };

export type Example = {
  readonly number: number;
  readonly title: string;
  readonly messages: readonly ExampleMessage[];
  /** Status and notional amount of each swap in the end. */
  readonly end: Readonly<Record<string, readonly [SwapStatus, string | null]>>;
};

const PRIOR = 'priorUtiForOneToOneAndOneToManyRelationsBetweenTransactions';
const YES = { amendmentIndicator: 'True' };
const NO = { amendmentIndicator: 'False' };
const prior = (swap: string): RecordValues => ({ [PRIOR]: uti(swap) });
const eventId = (name: string): RecordValues => ({ eventIdentifier: REPORTER + name });
const payment = (type: string): RecordValues => ({ otherPaymentType: [type] });
const until = (expirationDate: string): RecordValues => ({ expirationDate });

/** A message of an example: kind, swap, notional amount, event timestamp, execution timestamp, seen, other values. */
const m = (
  kind: string,
  swap: string,
  notional: number,
  at: string,
  executed: string,
  seen: Seen,
  ...more: RecordValues[]
): ExampleMessage => ({
  swap,
  seen,
  values: message(
    kind,
    swap,
    at,
    Object.assign(
      { notionalAmountLeg1: String(notional), executionTimestamp: `${executed}Z` },
      ...more,
    ) as RecordValues,
  ),
});

/** A daily message. */
const daily = (action: string, swap: string, values: RecordValues): ExampleMessage => ({
  swap,
  seen: false,
  values: message(action, swap, action === 'MARU' ? '2019-05-02T00:00:00' : '', values),
});

const codes = (initial: string, variation: string): RecordValues => ({
  initialMarginCollateralPortfolioCode: initial,
  variationMarginCollateralPortfolioCode: variation,
});
const value = (amount: number, method: string): RecordValues => ({
  valuationAmount: String(amount),
  valuationCurrency: 'USD',
  valuationMethod: method,
  valuationTimestamp: '2019-05-02T23:59:59Z',
});
const margin = (post: number, pre: number, variation: number): RecordValues => ({
  collateralisationCategory: 'FLCL',
  initialMarginCollectedByTheReportingCounterpartyPostHaircut: String(post),
  initialMarginCollectedByTheReportingCounterpartyPreHaircut: String(pre),
  currencyOfInitialMarginCollected: 'USD',
  variationMarginCollectedByTheReportingCounterpartyPreHaircut: String(variation),
  currencyOfVariationMarginCollected: 'USD',
});

// The times that come again and again: execution of most swaps, and later moments.
const T0 = '2018-04-01T14:15:36';
const CLEARED = '2018-04-01T16:00:10';
const CREDIT_EVENT = '2018-12-12T15:01:02';
const COMPRESSED = '2018-04-03T18:00:00';
const PORTED = '2018-10-01T17:00:00';
const NOVATED = '2018-04-03T13:00:00';
const PARTLY_NOVATED = '2018-04-04T14:00:10';
const EXERCISED = '2019-04-01T13:01:01';

// prettier-ignore
export const EXAMPLES: readonly Example[] = [
  { number: 1, title: 'new, amendment, update, correction', end: { A: ['open', '9000'] }, messages: [
    m('NEWT-TRAD', 'A', 10000, T0, T0, true),
    m('MODI-TRAD', 'A', 9000, '2018-04-02T10:22:10', T0, 1, YES),
    m('MODI-TRAD', 'A', 9000, '2018-04-03T15:01:02', T0, false, NO, payment('UWIN')),
    m('CORR', 'A', 9000, '2018-04-04T17:20:30', T0, 1, payment('UFRO')),
  ] },
  { number: 2, title: 'error and revival', end: { B: ['open', '10000'] }, messages: [
    m('NEWT-TRAD', 'B', 10000, '2018-04-01T10:15:36', '2018-04-01T10:15:36', true),
    m('EROR', 'B', 10000, '2018-04-02T10:30:10', '2018-04-01T10:15:36', 1),
    m('REVI', 'B', 10000, '2018-04-02T11:00:00', '2018-04-01T10:15:36', true),
  ] },
  { number: 3, title: 'early termination', end: { K: ['terminated', '10000'] }, messages: [
    m('NEWT-TRAD', 'K', 10000, T0, T0, true, until('2025-04-01')),
    m('TERM-ETRM', 'K', 10000, '2019-12-12T14:57:10', T0, 1, until('2025-04-01')),
  ] },
  { number: 4, title: 'full novation', end: { C: ['terminated', '13000'], C2: ['open', '13000'] }, messages: [
    m('NEWT-TRAD', 'C', 13000, T0, T0, true),
    m('TERM-NOVA', 'C', 13000, NOVATED, T0, 1),
    m('NEWT-NOVA', 'C2', 13000, NOVATED, NOVATED, true, prior('C')),
  ] },
  { number: 5, title: 'partial novation', end: { D: ['open', '8000'], D2: ['open', '5000'] }, messages: [
    m('NEWT-TRAD', 'D', 13000, '2018-04-01T12:10:10', '2018-04-01T12:10:10', true),
    m('MODI-NOVA', 'D', 8000, PARTLY_NOVATED, '2018-04-01T12:10:10', 1, YES),
    m('NEWT-NOVA', 'D2', 5000, PARTLY_NOVATED, PARTLY_NOVATED, true, prior('D')),
  ] },
  { number: 6, title: 'clearing', end: { ALPHA: ['terminated', '10000'], BETA: ['open', '10000'], GAMMA: ['open', '10000'] }, messages: [
    m('NEWT-TRAD', 'ALPHA', 10000, T0, T0, true, { cleared: 'I' }),
    m('TERM-CLRG', 'ALPHA', 10000, CLEARED, T0, 1, { cleared: 'I' }),
    m('NEWT-CLRG', 'BETA', 10000, CLEARED, CLEARED, false, { cleared: 'Y' }, prior('ALPHA')),
    m('NEWT-CLRG', 'GAMMA', 10000, CLEARED, CLEARED, false, { cleared: 'Y' }, prior('ALPHA')),
  ] },
  { number: 7, title: 'compression of three into one', end: { E: ['terminated', '10000'], F: ['terminated', '6000'], G: ['terminated', '5000'], EFG: ['open', '16000'] }, messages: [
    m('NEWT-TRAD', 'E', 10000, T0, T0, true),
    m('NEWT-TRAD', 'F', 6000, '2018-04-01T14:20:36', '2018-04-01T14:20:36', true),
    m('NEWT-TRAD', 'G', 5000, '2018-04-01T14:21:36', '2018-04-01T14:21:36', true),
    m('TERM-COMP', 'E', 10000, COMPRESSED, T0, false, eventId('EVENT1')),
    m('TERM-COMP', 'F', 6000, COMPRESSED, '2018-04-01T14:20:36', false, eventId('EVENT1')),
    m('TERM-COMP', 'G', 5000, COMPRESSED, '2018-04-01T14:21:36', false, eventId('EVENT1')),
    m('NEWT-COMP', 'EFG', 16000, COMPRESSED, COMPRESSED, false, eventId('EVENT1')),
  ] },
  { number: 8, title: 'exercise settled in cash', end: { H: ['terminated', '13000'] }, messages: [
    m('NEWT-TRAD', 'H', 13000, T0, T0, true, until('2019-04-01')),
    m('TERM-EXER', 'H', 13000, '2019-04-01T15:01:01', T0, 1, until('2019-04-01')),
  ] },
  { number: 9, title: 'partial physical exercise', end: { I: ['open', '11000'], IEX: ['open', '5000'] }, messages: [
    m('NEWT-TRAD', 'I', 16000, '2018-05-01T10:15:36', '2018-05-01T10:15:36', true, until('2021-12-30')),
    m('MODI-EXER', 'I', 11000, EXERCISED, '2018-05-01T10:15:36', false, NO),
    m('NEWT-EXER', 'IEX', 5000, EXERCISED, EXERCISED, true, prior('I')),
  ] },
  { number: 10, title: 'partial exercise of a cancelable swap', end: { J: ['open', '12000'] }, messages: [
    m('NEWT-TRAD', 'J', 16000, T0, T0, true, { embeddedOptionType: 'CANC' }),
    m('MODI-EXER', 'J', 12000, '2019-04-01T14:34:07', T0, false, NO, { embeddedOptionType: 'CANC' }),
  ] },
  { number: 11, title: 'allocation', end: { PRE: ['terminated', '10000'], POST1: ['open', '7000'], POST2: ['open', '3000'] }, messages: [
    m('NEWT-TRAD', 'PRE', 10000, T0, T0, true, { allocationIndicator: 'PREA' }),
    m('TERM-ALOC', 'PRE', 10000, CLEARED, T0, false, { allocationIndicator: 'PREA' }),
    m('NEWT-ALOC', 'POST1', 7000, CLEARED, CLEARED, false, { allocationIndicator: 'POST' }, prior('PRE')),
    m('NEWT-ALOC', 'POST2', 3000, CLEARED, CLEARED, false, { allocationIndicator: 'POST' }, prior('PRE')),
  ] },
  { number: 12, title: 'credit event of an index', end: { L: ['open', '20000'], M: ['open', '18000'] }, messages: [
    m('NEWT-TRAD', 'L', 20000, T0, T0, true),
    m('NEWT-TRAD', 'M', 18000, '2018-04-01T15:01:30', '2018-04-01T15:01:30', true),
    m('MODI-CREV', 'L', 20000, CREDIT_EVENT, T0, 1, YES, eventId('EVENT2')),
    m('MODI-CREV', 'M', 18000, CREDIT_EVENT, '2018-04-01T15:01:30', 2, YES, eventId('EVENT2')),
  ] },
  { number: 13, title: 'transfer to another repository', end: { A: ['open', '9000'] }, messages: [
    m('NEWT-TRAD', 'A', 10000, T0, T0, true),
    m('MODI-TRAD', 'A', 9000, '2018-04-02T10:22:10', T0, 1, YES),
    m('PRTO-PTNG', 'A', 9000, PORTED, T0, false, { newSdrIdentifier: SECOND_REPOSITORY }),
    m('NEWT-PTNG', 'A', 9000, PORTED, T0, false, { newSdrIdentifier: SECOND_REPOSITORY }),
  ] },
  { number: 14, title: 'daily valuation', end: { O: ['open', null], P: ['open', null], Q: ['open', null], R: ['open', null] }, messages: [
    daily('VALU', 'O', { ...codes('PORT001', 'VMPORT001'), ...value(11000, 'MTMA') }),
    daily('VALU', 'P', { ...codes('PORT001', 'VMPORT001'), ...value(5000, 'MTMA') }),
    daily('VALU', 'Q', { ...codes('TRANSACTIONLEVEL', 'TRANSACTIONLEVEL'), ...value(2500, 'MTMO') }),
    daily('VALU', 'R', { ...codes('TRANSACTIONLEVEL', 'NOTAPPLICABLE'), ...value(3750, 'MTMO') }),
  ] },
  { number: 15, title: 'daily collateral', end: { Q: ['open', null], R: ['open', null] }, messages: [
    daily('MARU', '', { uniqueTransactionIdentifierUti: '', ...codes('PORT001', 'VMPORT001'), ...margin(100000, 160000, 100000) }),
    daily('MARU', 'Q', { ...codes('TRANSACTIONLEVEL', 'TRANSACTIONLEVEL'), ...margin(100000, 160000, 100000) }),
    daily('MARU', 'R', { ...codes('TRANSACTIONLEVEL', 'TRANSACTIONLEVEL'), ...margin(50000, 55000, 0) }),
  ] },
];

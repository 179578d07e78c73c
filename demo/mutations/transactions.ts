/**
 * Swaps that lack what they must have, or whose values do not go together. CFTC technical specification v3.2,
 * validations of transactions. With each stands all that is then broken: an element that may stand for another leaves
 * both wanting.
 */
import { AT, type Slot } from '../columns.ts';
import { replaceParty } from '../events.ts';
import { CLEARING_MEMBERS, OUR_ENTITY } from '../parties.ts';
import { issuesOf, omits, writes } from './agreement.ts';
import type { CellMutation } from './mutation.ts';
import { SCHEDULE } from './records.ts';
import {
  both,
  has,
  isClearingSwap,
  isFxOption,
  isInFull,
  isNot,
  isOption,
  isSuccessor,
  isTransaction,
  ofClass,
  type Where,
} from './where.ts';

const STRANGER = CLEARING_MEMBERS[0]!.lei;

/** Elements without which a report cannot be told from others, whatever it leaves out. */
const OF_ANY_REPORT = new Set('13 14 15 26 30'.split(' '));

/** Elements that every report of a swap has, with the cell of the first leg where there are legs. */
const ALWAYS: Readonly<Record<string, Slot>> = {
  '1': 'cleared',
  '13': 'counterparty1',
  '14': 'counterparty2',
  '15': 'counterparty2IdentifierSource',
  '17': 'counterparty2FinancialEntityIndicator',
  '23': 'counterparty1FederalEntityIndicator',
  '24': 'counterparty2FederalEntityIndicator',
  '25': 'customBasketIndicator',
  '26': 'actionType',
  '30': 'eventTimestamp',
  '31': 'notionalAmountLeg1',
  '32': 'notionalCurrencyLeg1',
  '45': 'packageIndicator',
  '68': 'postPricedSwapIndicator',
  '88': 'finalContractualSettlementDate',
  '91': 'allocationIndicator',
  '93': 'blockTradeElectionIndicator',
  '94': 'effectiveDate',
  '95': 'expirationDate',
  '96': 'executionTimestamp',
  '104': 'jurisdiction',
};

/** The original swap ends, or a clearing swap begins. */
const isClearing = both(isTransaction, has('eventType', 'CLRG'));
const isCleared = both(isInFull, has('cleared', 'Y'));
const isUncleared = both(isInFull, has('cleared', 'N'));
const isNotYetCleared = both(isInFull, has('cleared', 'N', 'I'));
const isAmortising = both(ofClass('IR'), has('upi.notionalSchedule', 'Amortizing'));
const isTranche = both(ofClass('CR'), has('upi.underlierType', 'Index tranche'));
const isPriced = has('postPricedSwapIndicator', 'False');
const isLinear = both(isInFull, isPriced, isNot(isOption));

// prettier-ignore
const CLEARING: readonly CellMutation[] = [
  omits(isCleared, 'centralCounterparty', 'required.2'),
  omits(isCleared, 'clearingAccountOrigin', 'required.3'),
  omits(isCleared, 'clearingMember', 'required.4'),
  omits(isClearing, 'clearingSwapUtis', 'required.5 required.6'),
  omits(isClearingSwap, 'originalSwapUti', 'required.7 required.8'),
  omits(both(isClearing, has('actionType', 'TERM')), 'cleared', 'required.1'),
  omits(isClearing, 'originalSwapSdrIdentifier', 'required.9'),
  omits(isClearing, 'clearingReceiptTimestamp', 'required.10'),
  omits(isNotYetCleared, 'counterparty1FinancialEntityIndicator', 'required.16'),
  omits(isUncleared, 'nonStandardizedTermIndicator', 'required.92'),
  omits(isNotYetCleared, 'platformIdentifier', 'required.98'),
  omits(isNotYetCleared, 'primeBrokerageTransactionIndicator', 'required.99'),
  writes(isCleared, { centralCounterparty: STRANGER }, 'agrees.2'),
];

const PARTIES: readonly CellMutation[] = [
  omits(isInFull, 'buyerIdentifier', 'required.18'),
  omits(isInFull, 'sellerIdentifier', 'required.19'),
  omits(isInFull, 'payerIdentifierLeg1 payerIdentifierLeg2', 'required.20'),
  omits(isInFull, 'receiverIdentifierLeg1 receiverIdentifierLeg2', 'required.21'),
  writes(both(isInFull, has('buyerIdentifier')), { buyerIdentifier: STRANGER }, 'agrees.18'),
  writes(both(isInFull, has('sellerIdentifier')), { sellerIdentifier: STRANGER }, 'agrees.19'),
  writes(both(isInFull, has('payerIdentifierLeg1')), { payerIdentifierLeg1: STRANGER }, 'agrees.20'),
  writes(both(isInFull, has('payerIdentifierLeg2')), { payerIdentifierLeg2: STRANGER }, 'agrees.20'),
  writes(both(isInFull, has('receiverIdentifierLeg2')), { receiverIdentifierLeg2: STRANGER }, 'agrees.21'),
  {
    name: 'buyer and payer',
    where: both(isInFull, has('payerIdentifierLeg1')),
    slots: ['buyerIdentifier'],
    issues: issuesOf('agrees.20.direction'),
    apply: (cells) => {
      cells[AT.buyerIdentifier] = cells[AT.counterparty1]!;
    },
  },
];

/** Another event, which does not go with the action. */
const pairs = (where: Where, event: string, ruleId: string): CellMutation => ({
  name: `${ruleId} by ${event}`,
  where,
  slots: ['eventType'],
  issues: [{ ruleId, element: '27' }],
  apply: (cells) => {
    cells[AT.eventType] = event;
  },
});

// prettier-ignore
const EVENTS: readonly CellMutation[] = [
  omits(isTransaction, 'eventType', 'required.27'),
  pairs(both(isInFull, has('actionType', 'NEWT'), has('eventType', 'TRAD')), 'ETRM', 'sequence.pair'),
  pairs(both(isInFull, has('actionType', 'MODI'), has('eventType', 'TRAD')), 'CLAL', 'sequence.pair'),
  pairs(has('actionType', 'CORR'), 'TRAD', 'sequence.event-blank'),
  omits(both(isInFull, has('actionType', 'MODI')), 'amendmentIndicator', 'required.28'),
  omits(both(isTransaction, has('eventType', 'COMP', 'CREV')), 'eventIdentifier', 'required.29'),
  omits(both(isTransaction, has('eventType', 'PTNG')), 'newSdrIdentifier', 'required.105'),
  omits(isSuccessor, 'priorUti', 'required.100 required.101'),
  omits(isTransaction, 'uniqueTransactionIdentifierUti', 'required.102 required.103'),
  writes(isTransaction, { eventTimestamp: '2000-01-03T09:00:00Z' }, 'agrees.30'),
  writes(isTransaction, { reportingTimestamp: '2000-01-03T09:00:00Z' }, 'agrees.97'),
  writes(both(isInFull, has('actionType', 'NEWT'), isNot(isSuccessor)), { actionType: 'VALU', eventType: '' }, 'agrees.26'),
  writes(isTransaction, { finalContractualSettlementDate: '2000-01-03' }, 'agrees.88'),
  writes(both(isInFull, isNot(isOption)), { expirationDate: '2000-01-03' }, 'agrees.95'),
];

// prettier-ignore
const AMOUNTS: readonly CellMutation[] = [
  writes(both(ofClass('IR'), has('upi.notionalSchedule', 'Constant')), { 'upi.notionalSchedule': 'Custom' }, 'required.33'),
  omits(isAmortising, 'notionalScheduleAmountLeg1 notionalScheduleEffectiveDateLeg1 notionalScheduleEndDateLeg1', 'required.33'),
  writes(isInFull, { ...SCHEDULE, notionalScheduleEffectiveDateLeg1: '' }, 'required.34'),
  writes(isInFull, { ...SCHEDULE, notionalScheduleEndDateLeg1: '' }, 'required.35'),
  omits(isFxOption, 'callAmount putAmount', 'required.36 required.38'),
  omits(isFxOption, 'callCurrency', 'required.37'),
  omits(isFxOption, 'putCurrency', 'required.39'),
  writes(isFxOption, { notionalAmountLeg1: '1234.56' }, 'agrees.31'),
  writes(isFxOption, { notionalCurrencyLeg1: 'SEK' }, 'agrees.32'),
  omits(ofClass('CO'), 'quantityFrequencyLeg1', 'required.41'),
  omits(ofClass('CO'), 'quantityFrequencyMultiplierLeg1', 'required.42'),
  omits(ofClass('CO', 'EQ'), 'quantityUnitOfMeasureLeg1', 'required.43'),
  omits(ofClass('CO', 'EQ'), 'totalNotionalQuantityLeg1', 'required.44'),
];

// prettier-ignore
const PACKAGES: readonly CellMutation[] = [
  omits(isInFull, 'packageIdentifier', 'required.46'),
  omits(isInFull, 'packageTransactionPrice packageTransactionPriceNotation', 'required.47 required.50'),
  omits(isInFull, 'packageTransactionPriceCurrency', 'required.48'),
  omits(isInFull, 'packageTransactionPriceNotation', 'required.49'),
  omits(isInFull, 'packageTransactionSpreadCurrency', 'required.51'),
  omits(isInFull, 'packageTransactionSpreadNotation', 'required.52'),
];

// prettier-ignore
const PAYMENTS: readonly CellMutation[] = [
  omits(ofClass('CO'), 'fixedRateDayCountConventionLeg1', 'required.53'),
  omits(ofClass('EQ'), 'floatingRateDayCountConventionLeg2', 'required.53'),
  omits(ofClass('FX'), 'fixingDateLeg1', 'required.54'),
  omits(
    both(ofClass('IR'), isNot(has('floatingRateResetFrequencyPeriodLeg1'))),
    'floatingRateResetFrequencyPeriodLeg2 floatingRateResetFrequencyPeriodMultiplierLeg2',
    'required.55',
  ),
  omits(ofClass('IR', 'EQ'), 'floatingRateResetFrequencyPeriodMultiplierLeg2', 'required.56'),
  omits(isInFull, 'otherPaymentAmount', 'required.58'),
  omits(isInFull, 'otherPaymentCurrency', 'required.59'),
  omits(isInFull, 'otherPaymentDate', 'required.60'),
  omits(isInFull, 'otherPaymentPayer', 'required.61'),
  omits(isInFull, 'otherPaymentReceiver', 'required.62'),
  omits(isInFull, 'fixedRatePaymentFrequencyPeriodMultiplierLeg1', 'required.64'),
  omits(isInFull, 'floatingRatePaymentFrequencyPeriodMultiplierLeg2', 'required.64'),
  writes(
    both(isInFull, has('floatingRateResetFrequencyPeriodLeg2')),
    { floatingRateResetFrequencyPeriodLeg2: 'EXPI', floatingRateResetFrequencyPeriodMultiplierLeg2: '3' },
    'agrees.56',
  ),
  writes(
    both(isInFull, has('fixedRatePaymentFrequencyPeriodLeg1')),
    { fixedRatePaymentFrequencyPeriodLeg1: 'EXPI', fixedRatePaymentFrequencyPeriodMultiplierLeg1: '3' },
    'agrees.64',
  ),
];

// prettier-ignore
const PRICES: readonly CellMutation[] = [
  omits(ofClass('FX'), 'exchangeRate', 'required.65'),
  omits(ofClass('FX'), 'exchangeRateBasis', 'required.66'),
  omits(
    both(ofClass('CR'), isLinear),
    'fixedRateLeg1 otherPaymentType otherPaymentAmount otherPaymentCurrency otherPaymentDate otherPaymentPayer otherPaymentReceiver',
    'required.57 required.67.CR required.73.CR',
  ),
  omits(both(ofClass('IR'), isLinear), 'fixedRateLeg1', 'required.67.IR required.73.IR'),
  omits(both(ofClass('IR'), isLinear), 'spreadLeg1', 'required.67.IR required.73.IR'),
  omits(both(ofClass('CO'), isLinear), 'price', 'required.67.CO required.69.CO required.73.CO'),
  omits(both(ofClass('EQ'), isLinear), 'price spreadLeg2', 'required.69.EQ required.73.EQ'),
  omits(ofClass('CO', 'EQ'), 'priceCurrency', 'required.70'),
  omits(ofClass('CO', 'EQ'), 'priceNotation', 'required.71'),
  omits(ofClass('CO', 'EQ'), 'priceUnitOfMeasure', 'required.72'),
  writes(both(isInFull, has('spreadLeg2')), { spreadNotationLeg2: '1' }, 'required.74'),
  writes(both(isInFull, has('spreadLeg2')), { spreadLeg2: '0.0125', spreadNotationLeg2: '' }, 'required.75'),
  omits(isOption, 'strikePrice', 'required.76'),
  omits(isFxOption, 'strikePriceCurrencyOrPair', 'required.77'),
  writes(isFxOption, { strikePriceCurrencyOrPair: 'USD' }, 'agrees.77.pair'),
  writes(both(isOption, isNot(isFxOption)), { strikePriceCurrencyOrPair: 'EUR/USD', strikePriceNotation: '1' }, 'agrees.77.single'),
  omits(isOption, 'strikePriceNotation', 'required.78'),
  omits(isOption, 'optionPremiumAmount', 'required.79'),
  omits(isOption, 'optionPremiumCurrency', 'required.80'),
  omits(isOption, 'optionPremiumPaymentDate', 'required.81'),
  omits(isOption, 'firstExerciseDate', 'required.82'),
];

// prettier-ignore
const PRODUCTS: readonly CellMutation[] = [
  omits(isTranche, 'cdsIndexAttachmentPoint', 'required.83'),
  omits(isTranche, 'cdsIndexDetachmentPoint', 'required.84'),
  writes(isTranche, { cdsIndexAttachmentPoint: '0.9', cdsIndexDetachmentPoint: '0.1' }, 'agrees.83'),
  omits(ofClass('CR'), 'indexFactor', 'required.85'),
  omits(ofClass('CR', 'EQ', 'FX', 'IR'), 'uniqueProductIdentifier', 'required.87'),
  writes(ofClass('CR', 'EQ', 'FX', 'IR'), { uniqueProductIdentifier: 'IRSWAPUSD001' }, 'agrees.87'),
  omits(isInFull, 'settlementCurrencyLeg1', 'required.89'),
];

/** Mutations that leave a swap's report to be rejected. */
export const TRANSACTION_MUTATIONS: readonly CellMutation[] = [
  ...Object.entries(ALWAYS).map(([number, slot]) =>
    omits(OF_ANY_REPORT.has(number) ? isTransaction : isInFull, slot, `required.${number}`),
  ),
  ...CLEARING,
  ...PARTIES,
  ...EVENTS,
  ...AMOUNTS,
  ...PACKAGES,
  ...PAYMENTS,
  ...PRICES,
  ...PRODUCTS,
];

/** The same, of rules that are our conclusions: they warn. */
// prettier-ignore
export const DOUBTFUL_TRANSACTIONS: readonly CellMutation[] = [
  omits(isInFull, 'notionalAmountLeg2', 'required.31.leg2'),
  omits(isInFull, 'notionalCurrencyLeg2', 'required.32.leg2'),
  writes(
    isInFull,
    { ...SCHEDULE, notionalScheduleEndDateLeg1: '2026-01-05;2027-11-20;2028-11-20' },
    'agrees.35',
  ),
  writes(isOption, { firstExerciseDate: '2199-12-31' }, 'agrees.82'),
  {
    name: 'a swap with oneself',
    where: both(isInFull, has('cleared', 'N'), has('counterparty2IdentifierSource', 'LEID'), has('buyerIdentifier')),
    slots: ['counterparty2', 'buyerIdentifier', 'sellerIdentifier'],
    issues: issuesOf('agrees.14 agrees.19.seller'),
    apply: (cells) => {
      replaceParty(cells, cells[AT.counterparty2]!, OUR_ENTITY.lei);
      cells[AT.counterparty2] = OUR_ENTITY.lei;
    },
  },
  {
    name: 'one party pays and receives',
    where: both(isInFull, has('payerIdentifierLeg1')),
    slots: ['payerIdentifierLeg1', 'receiverIdentifierLeg1'],
    issues: issuesOf('agrees.21.receiver'),
    apply: (cells) => {
      cells[AT.receiverIdentifierLeg1] = cells[AT.payerIdentifierLeg1]!;
    },
  },
];

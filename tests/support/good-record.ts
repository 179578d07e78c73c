/** A submission that every rule accepts: a fixed-float interest rate swap, traded off facility and not cleared. */
import { leiCheckDigits } from '../../domain/cftc/identifiers.ts';

export const LEI = '5493001KJTIIGC8Y1R12';
const OTHER_18 = 'TESTCOUNTERPARTY00';
export const OTHER_LEI = OTHER_18 + leiCheckDigits(OTHER_18);

export const GOOD_VALUES = {
  actionType: 'NEWT',
  uniqueTransactionIdentifierUti: `${LEI}T00000001`,
  cleared: 'N',
  notionalAmountLeg1: '1000000.50',
  notionalCurrencyLeg1: 'USD',
  eventType: 'TRAD',
  assetClass: 'IR',
  'UPI.instrumentType': 'Swap',
  'UPI.underlierType': 'Fixed - Floating',
  'UPI.deliveryType': 'PHYS',
  'UPI.notionalSchedule': 'Constant',
  uniqueProductIdentifier: 'QZ8C74WSCNR8',
  counterparty1: LEI,
  counterparty2: OTHER_LEI,
  counterparty2IdentifierSource: 'LEID',
  counterparty1FinancialEntityIndicator: 'True',
  counterparty2FinancialEntityIndicator: 'True',
  payerIdentifierLeg1: LEI,
  receiverIdentifierLeg1: OTHER_LEI,
  submitterIdentifier: LEI,
  counterparty1FederalEntityIndicator: 'False',
  counterparty2FederalEntityIndicator: 'False',
  customBasketIndicator: 'False',
  eventTimestamp: '2026-11-20T14:05:00Z',
  packageIndicator: 'False',
  floatingRateResetFrequencyPeriodLeg1: 'MNTH',
  floatingRateResetFrequencyPeriodMultiplierLeg1: '3',
  fixedRateLeg1: '0.0257',
  postPricedSwapIndicator: 'False',
  finalContractualSettlementDate: '2031-11-20',
  allocationIndicator: 'UNAL',
  nonStandardizedTermIndicator: 'False',
  blockTradeElectionIndicator: 'False',
  effectiveDate: '2026-11-20',
  expirationDate: '2031-11-20',
  executionTimestamp: '2026-11-20T14:05:00Z',
  reportingTimestamp: '2026-11-20T14:06:00Z',
  platformIdentifier: 'XOFF',
  primeBrokerageTransactionIndicator: 'False',
  jurisdiction: 'CFTC',
} as const;

export type GoodColumn = keyof typeof GOOD_VALUES;

/** The record as a line, with some values of its own. */
export const goodLine = (values: Partial<Record<GoodColumn, string>> = {}): string =>
  Object.values({ ...GOOD_VALUES, ...values }).join(',');

/** Names of the columns of `goodLine`. */
export const GOOD_COLUMNS = Object.keys(GOOD_VALUES) as GoodColumn[];

/** Values that break the format of their element. */
import { COUNTERPARTIES, OUR_ENTITY, upiOf } from '../parties.ts';
import {
  breaks,
  breaksAmong,
  inTransactions,
  only,
  withWrongLastDigit,
  type CellMutation,
} from './mutation.ts';
import { isEndOfDay, isAnyFxOption, isNot, isOne } from './where.ts';

const LEI = OUR_ENTITY.lei;
const OTHER_LEI = COUNTERPARTIES[0]!.lei;
const WRONG_LEI = withWrongLastDigit(LEI);
const UPI = upiOf('spoilt');

/** In the option of currencies the notional is also the call or the put amount, and must equal it. */
const notFxOption = (mutation: CellMutation): CellMutation => only(isNot(isAnyFxOption), mutation);
/** In a swap the parties are named again as buyer and seller, or payer and receiver. */
const atEndOfDay = (mutation: CellMutation): CellMutation => only(isEndOfDay, mutation);

const orElse = (before: string, instead: string): string => (before === '' ? instead : before);

/** The next character of the alphabet of UPIs: there is only one that is right. */
const withWrongCheckCharacter = (upi: string): string => upi.slice(0, -1) + (upi.endsWith('0') ? '1' : '0');

const NUMBERS: readonly CellMutation[] = [
  breaks(
    'format.decimal',
    'notionalAmountLeg1',
    '"1,000,000.00"',
    '1e6',
    '$5000000',
    'ten million',
    '+5',
    '.5',
    '5.',
  ),
  breaks(
    'format.decimal',
    'notionalAmountLeg2',
    '5000000 ',
    ' 5000000',
    '5 000 000',
    '1.000.000',
    '--5',
    '-',
  ),
  breaks('format.decimal', 'fixedRateLeg1', '3.5%', '"0,035"', 'NaN'),
  breaks('format.decimal', 'valuationAmount', '(1500.25)', '1500-', '470000+'),
  breaks('format.decimal', 'price', 'TBD', '0x1F'),
  breaks('format.decimal', 'spreadLeg2', '25bp', '1/4'),
  notFxOption(
    breaks(
      'format.digits',
      'notionalAmountLeg1',
      '123456789012345678901.12345',
      '12345678901234567890123456',
    ),
  ),
  breaks('format.digits', 'fixedRateLeg1', '12.0123456789'),
  breaks('format.digits', 'fixedRatePaymentFrequencyPeriodMultiplierLeg1', '1000', '999.5'),
  breaks('format.digits', 'exchangeRate', '1234567.1234567890123'),
  breaksAmong('format.digits', 'price', { price: '1234567890123456789', priceNotation: '1' }),
  breaksAmong('format.digits', 'strikePrice', { strikePrice: '12.0123456789', strikePriceNotation: '3' }),
  breaksAmong('format.digits', 'spreadLeg2', { spreadLeg2: '123456', spreadNotationLeg2: '4' }),
  breaksAmong('format.integer', 'spreadLeg2', { spreadLeg2: '12.5', spreadNotationLeg2: '4' }),
  breaksAmong('format.integer', 'spreadLeg1', { spreadLeg1: '-0.25', spreadNotationLeg1: '4' }),
  breaks('format.range', 'putAmount', '0', '-5000000', '0.000001'),
  breaks('format.range', 'exchangeRate', '-1.1', '0.0'),
  only(isOne('otherPaymentAmount'), breaks('format.range', 'otherPaymentAmount', '-5', '-0.00001')),
  breaks('format.range', 'indexFactor', '1.01', '-0.5', '2'),
  breaks('format.range', 'totalNotionalQuantityLeg1', '-1'),
  inTransactions(breaks('format.range', 'optionPremiumAmount', '-100.5')),
  breaks('format.range', 'quantityFrequencyMultiplierLeg1', '-1'),
  breaks('format.range', 'variationMarginPosted', '-1000.00'),
];

const TIMES: readonly CellMutation[] = [
  breaks('format.boolean', 'packageIndicator', 'Y', '1', 'tRUE', 'false ', 'No'),
  inTransactions(breaks('format.boolean', 'amendmentIndicator', 'N', '0', 'T')),
  breaks('format.boolean', 'portfolioContainingNonReportableComponentIndicator', 'no'),
  breaks(
    'format.date',
    'effectiveDate',
    '20261120',
    '11/20/2026',
    '20-NOV-2026',
    '2026-02-30',
    '2026-13-01',
    '2026-1-5',
  ),
  breaks(
    'format.date',
    'expirationDate',
    (before) => `${before}T00:00:00Z`,
    '2027-02-29',
    '0000-01-01',
    '2026-00-10',
  ),
  inTransactions(breaks('format.date', 'firstExerciseDate', '2026-04-31')),
  breaks('format.timestamp', 'executionTimestamp', '2026-11-20T14:05:00', '2026-11-20 14:05:00Z', (before) =>
    before.slice(0, 10),
  ),
  breaks(
    'format.timestamp',
    'eventTimestamp',
    '2026-11-20T24:00:00Z',
    '2025-02-29T10:00:00Z',
    '2026-11-20T10:60:00Z',
  ),
  breaks(
    'format.timestamp',
    'reportingTimestamp',
    '2026-11-20T14:05:00.123Z',
    '2026-11-20T14:05:00+00:00',
    '1763647500',
  ),
  breaks('format.date-or-timestamp', 'valuationTimestamp', '2026-11-20T23:59', '2026-11-31', '20.11.2026'),
];

/** Somebody without an LEI. */
const PERSON = { counterparty2IdentifierSource: 'NPID' } as const;

const IDENTIFIERS: readonly CellMutation[] = [
  breaks('format.length', 'packageIdentifier', (_, random) => random.code(101)),
  inTransactions(
    breaks('format.length', 'uniqueSwapIdentifierUsi', (_, random) => random.code(random.int(43, 60))),
  ),
  breaks('format.length', 'quantityUnitOfMeasureLeg1', 'TONNE', 'BARRELS'),
  atEndOfDay(
    breaksAmong('format.length', 'counterparty2', { ...PERSON, counterparty2: LEI + 'P1'.repeat(27) }),
  ),
  breaks('format.length', 'initialMarginPortfolioCode', (_, random) => random.code(53)),
  atEndOfDay(
    breaksAmong('format.alphanumeric', 'counterparty2', { ...PERSON, counterparty2: 'ALDER CAPITAL' }),
  ),
  atEndOfDay(
    breaksAmong('format.alphanumeric', 'counterparty2', { ...PERSON, counterparty2: '"Alder Capital, LLC"' }),
  ),
  breaks('format.alphanumeric', 'packageIdentifier', 'PKG-0001', 'PKG 1', 'PKG_1'),
  breaks(
    'format.alphanumeric',
    'uniqueTransactionIdentifierUti',
    (before) => `${orElse(before, LEI).slice(0, 20)}-0001`,
  ),
  inTransactions(breaks('format.alphanumeric', 'eventIdentifier', `${LEI}+EVENT1`)),
  breaks('format.alphanumeric', 'priceUnitOfMeasure', 'US$', 'B/L'),
  breaks('format.lei', 'submitterIdentifier', 'TAIN', LEI.toLowerCase(), LEI.slice(0, 19), `${LEI}00`),
  inTransactions(breaks('format.lei', 'originalSwapSdrIdentifier', 'FIRST SDR')),
  inTransactions(breaks('format.lei', 'newSdrIdentifier', 'SECOND')),
  breaks('format.lei-check', 'submitterIdentifier', WRONG_LEI),
  atEndOfDay(breaks('format.lei-check', 'counterparty1', WRONG_LEI)),
  only(
    isOne('otherPaymentPayer'),
    breaks('format.lei-check', 'otherPaymentPayer', withWrongLastDigit(OTHER_LEI)),
  ),
  only(
    isOne('otherPaymentReceiver'),
    breaks('format.lei-check', 'otherPaymentReceiver', withWrongLastDigit(OTHER_LEI)),
  ),
  breaks(
    'format.lei-prefix',
    'uniqueTransactionIdentifierUti',
    (before) => WRONG_LEI + orElse(before.slice(20), 'A1'),
  ),
  inTransactions(breaks('format.lei-prefix', 'priorUti', `INTERNAL${LEI}1`)),
  inTransactions(breaks('format.lei-prefix', 'clearingSwapUtis', `${LEI}BETA;${WRONG_LEI}GAMMA`)),
  inTransactions(breaks('format.lei-prefix', 'eventIdentifier', `${WRONG_LEI}EVENT1`)),
  breaks('format.uti', 'uniqueTransactionIdentifierUti', LEI, 'TRADE00001', `${LEI}${'A1'.repeat(16)}7`),
  inTransactions(breaks('format.uti', 'originalSwapUti', OTHER_LEI)),
  inTransactions(
    breaks('format.event-identifier', 'eventIdentifier', LEI, 'EVENT1', `${LEI}${'E1'.repeat(16)}7`),
  ),
  breaks('format.upi', 'uniqueProductIdentifier', 'QZ123', 'QZAEIOUY0000', UPI.toLowerCase(), `${UPI}0`),
  breaks('format.upi-check', 'uniqueProductIdentifier', (before) =>
    withWrongCheckCharacter(orElse(before, UPI)),
  ),
  breaks('format.mic', 'platformIdentifier', 'xoff', 'BLOOMBERG', 'X-1', 'SEF'),
  breaks('format.currency-pair', 'exchangeRateBasis', 'EURUSD', 'EUR-USD', 'EUR/USDT'),
  breaks('format.currency-pair', 'strikePriceCurrencyOrPair', 'EUR/', 'EURO/USD'),
];

const CODES: readonly CellMutation[] = [
  breaks('code.unknown', 'actionType', 'AMND', 'CANC', 'NEW'),
  breaks('code.unknown', 'eventType', 'PORT', 'NONE', 'N/A'),
  breaks('code.unknown', 'cleared', 'X', 'U'),
  breaks('code.unknown', 'spreadNotationLeg2', '2', 'BPS'),
  breaks('code.unknown', 'priceNotation', '4', 'Monetary'),
  breaks('code.unknown', 'fixedRateDayCountConventionLeg1', 'ACT/360', 'A021'),
  breaks('code.unknown', 'floatingRatePaymentFrequencyPeriodLeg2', 'QURT', '3M'),
  inTransactions(breaks('code.unknown', 'clearingExceptionsCounterparty1', 'ENDU;NONE', 'FULL')),
  breaks('code.spelling', 'actionType', 'newt', 'Newt', ' NEWT', 'NEWT '),
  notFxOption(breaks('code.spelling', 'notionalCurrencyLeg1', 'usd', 'Eur', ' GBP')),
  breaks('code.spelling', 'allocationIndicator', 'unal'),
  breaks('code.spelling', 'jurisdiction', 'cftc', 'CFTC; SECH'),
  inTransactions(breaks('code.spelling', 'settlementLocation', 'hk', 'us')),
  notFxOption(breaks('code.currency', 'notionalCurrencyLeg1', 'US$', 'ABC', 'EURO', '840')),
  breaks('code.currency', 'notionalCurrencyLeg2', 'BTC', 'DOLLAR'),
  breaks('code.currency', 'exchangeRateBasis', 'EUR/ABC', 'USX/USD'),
  // Withdrawn before any day of the demo.
  notFxOption(breaks('code.currency-expired', 'notionalCurrencyLeg1', 'DEM', 'ITL', 'FRF')),
  breaks('code.currency-expired', 'settlementCurrencyLeg1', 'DEM', 'ATS'),
  breaks('code.currency-expired', 'exchangeRateBasis', 'FRF/USD', 'USD/GRD'),
  breaks('code.currency-cnh', 'notionalCurrencyLeg2', 'CNH'),
  breaks('code.currency-cnh', 'exchangeRateBasis', 'USD/CNH', 'CNH/JPY'),
  inTransactions(breaks('code.country', 'settlementLocation', 'XX', 'USA', 'UK', 'EU')),
  breaks('code.unknown', 'collateralisationCategory', 'FULL', 'PRC'),
  breaks('code.unknown', 'valuationMethod', 'MTM', 'MARK'),
];

/** Every way to break the format of a value. */
export const VALUE_MUTATIONS: readonly CellMutation[] = [...NUMBERS, ...TIMES, ...IDENTIFIERS, ...CODES];

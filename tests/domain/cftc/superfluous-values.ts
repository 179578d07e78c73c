/**
 * Values that a record must not have under the profile `strict`: where an element is not required, or "else blank".
 * With each stands all that is then broken under `strict`; at intake such values pass.
 */
import { AT, DEMO_COLUMNS, type Cells, type Slot, type Values } from '../../../demo/columns.ts';
import { issuesOf, omits, writes } from '../../../demo/mutations/agreement.ts';
import type { CellMutation } from '../../../demo/mutations/mutation.ts';
import {
  both,
  has,
  isCollateral,
  isFxOption,
  isInFull,
  isNot,
  isOption,
  isTransaction,
  isValuation,
  ofClass,
  type Where,
} from '../../../demo/mutations/where.ts';
import { COUNTERPARTIES, OUR_ENTITY } from '../../../demo/parties.ts';

/** A value of each element that is right by itself. */
const VALUES: Readonly<Record<string, string>> = {
  ...fill('1 27 91', 'N TRAD UNAL'),
  ...fill('3 11 12 41 53 55 57 63 86', 'HOUS ENDU ENDU MNTH A004 MNTH UFRO MNTH CANC'),
  ...fill('49 71 75 78 52', '3 3 4 3 4'),
  ...fill('112 115', 'MTMA PRCL'),
  ...all('2 4 9 18 19 20 21 61 62 105', OUR_ENTITY.lei),
  ...all('16 17 23 24 25 28 45 68 92 93 99 114 117', 'False'),
  ...all('5 7 100', '1031234567ABC'),
  ...all('6 8 29 101', `${COUNTERPARTIES[0]!.lei}A1`),
  ...all('10 30 96', '2026-11-20T10:00:00Z'),
  ...all('34 35 54 60 81 82 88 94 95 106 108 113', '2026-11-20'),
  ...all('31 33 36 38 40 44 58', '1000'),
  ...all('32 37 39 48 51 59 70 74 80 89 111 120 123 126 128', 'USD'),
  ...all('42 56 64', '1'),
  ...all('43 72', 'BBL'),
  ...all('46', 'PKG1'),
  ...all('47 50 65 67 69 73 76 83 84 85 107 109', '0.5'),
  ...all('66', 'EUR/USD'),
  ...all('77', 'USD'),
  ...all('79 110 118 119 121 122 125 127', '0'),
  ...all('90', 'US'),
  ...all('98', 'XOFF'),
  ...all('104', 'CFTC'),
};
/** Products are identified by a UPI that is right. */
const UPI_VALUE = 'QZSMPLR0001X';
const valueOf = (number: string): string => (number === '87' ? UPI_VALUE : VALUES[number]!);

function fill(numbers: string, values: string): Record<string, string> {
  const each = values.split(' ');
  return Object.fromEntries(numbers.split(' ').map((number, at) => [number, each[at]!]));
}

function all(numbers: string, value: string): Record<string, string> {
  return Object.fromEntries(numbers.split(' ').map((number) => [number, value]));
}

const slotOf = (number: string): Slot => DEMO_COLUMNS.find(({ element }) => element === number)!.slot;

const EVENT_BLANK = { ruleId: 'sequence.event-blank', element: '27' };

/** Each of the elements by itself, in records that have none: `blank.<number>` with the suffix is broken. */
const fills = (where: Where, numbers: string, suffix = ''): CellMutation[] =>
  numbers.split(' ').map((number) => {
    const slot = slotOf(number);
    const written = writes(
      both(where, isNot(has(slot))),
      { [slot]: valueOf(number) },
      `blank.${number}${suffix}`,
    );
    // VALU and MARU carry no event, whatever the profile.
    return number === '27' ? { ...written, issues: [...written.issues, EVENT_BLANK] } : written;
  });

const together = (where: Where, values: Values, ruleIds: string): CellMutation =>
  writes(both(where, ...Object.keys(values).map((slot) => isNot(has(slot as Slot)))), values, ruleIds);

const isNew = both(isInFull, has('actionType', 'NEWT'));
const isUncleared = both(isInFull, has('cleared', 'N'));
const isToBeCleared = both(isInFull, has('cleared', 'I'));
const isCleared = both(isInFull, has('cleared', 'Y'));
const isFxForward = both(ofClass('FX'), has('upi.instrumentType', 'Forward'));
const isNoPackage = both(isInFull, has('packageIndicator', 'False'));
const isConstant = both(ofClass('IR'), has('upi.notionalSchedule', 'Constant'));
const isSwap = both(isInFull, isNot(isOption));
const isIndex = both(ofClass('CR'), has('upi.underlierType', 'Index'));
const isUncollateralised = both(isCollateral, has('collateralisationCategory', 'UNCL'));

const copies = (where: Where, from: Slot, to: Slot, ruleIds: string): CellMutation => ({
  name: `${ruleIds} as ${from}`,
  where: both(where, isNot(has(to))),
  slots: [to],
  issues: issuesOf(ruleIds),
  apply: (cells: Cells) => {
    cells[AT[to]] = cells[AT[from]]!;
  },
});

const PAYMENT_PARTS = '58 59 60 61 62'.split(' ').map((number) => `blank.${number}`);
const numbers = (from: number, to: number, without: string): string => {
  const left = new Set(without.split(' '));
  return Array.from({ length: to - from + 1 }, (_, at) => String(from + at))
    .filter((number) => !left.has(number))
    .join(' ');
};

// prettier-ignore
export const SUPERFLUOUS_VALUES: readonly CellMutation[] = [
  copies(isUncleared, 'counterparty1', 'centralCounterparty', 'blank.2'),
  ...fills(isUncleared, '3 4 5 6 7 8 9 10'),
  ...fills(isToBeCleared, '3 4 7 8 11 12 92'),
  ...fills(isCleared, '11 12 16 92 98 99'),
  ...fills(both(isToBeCleared, isNot(has('eventType', 'CLRG'))), '5 6 9 10', '.event'),
  ...fills(both(isCleared, isNot(has('eventType', 'CLRG'))), '7 8', '.event'),
  together(isConstant, { notionalScheduleAmountLeg1: '1000', notionalScheduleEffectiveDateLeg1: '2026-11-20', notionalScheduleEndDateLeg1: '2027-11-20' }, 'blank.33'),
  ...fills(both(isNew, isNot(has('eventType', 'PTNG'))), '105'),
  ...fills(both(isValuation, has('upi.instrumentType', 'Swap')), '109', '.product'),
  ...fills(isNew, '28'),
  ...fills(both(isNew, isNot(has('eventType', 'COMP'))), '29'),
  ...fills(isInFull, '34 35'),
  ...fills(isFxForward, '37 39'),
  together(isFxForward, { callAmount: '1000', callCurrency: 'USD' }, 'blank.36'),
  together(isFxForward, { putAmount: '1000', putCurrency: 'USD' }, 'blank.38'),
  omits(ofClass('CO'), 'notionalQuantityLeg1', 'blank.41'),
  omits(ofClass('CO'), 'notionalQuantityLeg1 quantityFrequencyLeg1', 'blank.42'),
  ...fills(isNoPackage, '46 48 51'),
  together(isNoPackage, { packageTransactionPrice: '0.5', packageTransactionPriceNotation: '3' }, 'blank.47 blank.49'),
  together(isNoPackage, { packageTransactionSpread: '25', packageTransactionSpreadNotation: '4' }, 'blank.50 blank.52'),
  ...fills(both(isInFull, has('packageTransactionPriceNotation', '3')), '48', '.notation'),
  ...fills(both(isInFull, has('packageTransactionSpreadNotation', '4')), '51', '.notation'),
  writes(both(ofClass('EQ', 'CO'), has('priceCurrency')), { price: '0.5', priceNotation: '3' }, 'blank.70.notation'),
  ...fills(both(isInFull, isNot(has('floatingRateResetFrequencyPeriodLeg1'))), '56'),
  omits(isInFull, 'otherPaymentType', PAYMENT_PARTS.join(' ')),
  together(both(ofClass('IR', 'EQ'), isNot(has('floatingRatePaymentFrequencyPeriodLeg1'))), { floatingRatePaymentFrequencyPeriodMultiplierLeg1: '3' }, 'blank.64'),
  omits(ofClass('EQ'), 'price', 'blank.70 blank.71 blank.72'),
  together(both(ofClass('EQ', 'IR'), has('spreadNotationLeg1', '4')), { spreadCurrencyLeg1: 'USD' }, 'blank.74'),
  together(both(ofClass('IR', 'CR'), isNot(has('spreadLeg2'))), { spreadNotationLeg2: '4' }, 'blank.75'),
  together(isSwap, { strikePrice: '0.5', strikePriceNotation: '3' }, 'blank.76'),
  ...fills(isSwap, '78 79 80 81'),
  copies(isSwap, 'effectiveDate', 'firstExerciseDate', 'blank.82'),
  ...fills(both(isOption, isNot(isFxOption)), '77'),
  ...fills(isIndex, '83 84'),
  writes(isIndex, { 'upi.underlierType': 'Single Name' }, 'blank.85'),
  ...fills(both(isInFull, has('upi.deliveryType', 'PHYS')), '89'),

  ...fills(ofClass('CR', 'IR', 'EQ'), '36 37 38 39 40 41 42', '.class'),
  ...fills(ofClass('CO'), '36 37 38 39', '.class'),
  ...fills(ofClass('CR', 'IR', 'FX'), '43 44 69 70 71 72', '.class'),
  ...fills(ofClass('FX'), '63 64 67 73 74 75', '.class'),
  ...fills(ofClass('CR', 'IR', 'EQ', 'CO'), '65 66', '.class'),
  ...fills(ofClass('EQ'), '67', '.class'),
  ...fills(ofClass('IR', 'EQ', 'FX', 'CO'), '83 84 85', '.class'),

  together(isUncollateralised, { initialMarginPostedPostHaircut: '0', currencyOfInitialMarginPosted: 'USD' }, 'blank.118.category blank.120.category'),
  together(isUncollateralised, { initialMarginPostedPreHaircut: '0', currencyOfInitialMarginPosted: 'USD' }, 'blank.119.category blank.120.category'),
  together(isUncollateralised, { initialMarginCollectedPostHaircut: '0', currencyOfInitialMarginCollected: 'USD' }, 'blank.121.category blank.123.category'),
  together(isUncollateralised, { initialMarginCollectedPreHaircut: '0', currencyOfInitialMarginCollected: 'USD' }, 'blank.122.category blank.123.category'),
  together(isUncollateralised, { variationMarginPosted: '0', currencyOfVariationMarginPosted: 'USD' }, 'blank.125.category blank.126.category'),
  together(isUncollateralised, { variationMarginCollected: '0', currencyOfVariationMarginCollected: 'USD' }, 'blank.127.category blank.128.category'),

  ...fills(isTransaction, numbers(106, 128, '116 124'), '.transaction'),
  ...fills(isValuation, numbers(1, 128, '13 14 15 22 26 87 97 102 103 106 107 108 109 110 111 112 113 116 124'), '.valuation'),
  ...fills(isCollateral, numbers(1, 113, '13 14 15 22 26 30 97 102 103'), '.collateral'),
];

/** What Tain sets itself, so that only `strict` asks for it. */
export const LEFT_TO_TAIN: readonly CellMutation[] = ['', '.valuation', '.collateral'].flatMap((suffix) => {
  const where = suffix === '' ? isTransaction : suffix === '.valuation' ? isValuation : isCollateral;
  return [
    omits(where, 'submitterIdentifier', `required.22${suffix}`),
    omits(where, 'reportingTimestamp', `required.97${suffix}`),
  ];
});

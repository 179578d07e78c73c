/**
 * Every rule of the technical specification that looks at several values of one record: what must be given, what must
 * be left blank, what must agree. One line each, in the order of the elements. Rules for leg fields are written for
 * leg 1 in the specification; where an element may stand in either leg, either is taken. "Else blank" is the
 * specification's minimum read strictly: such rules are `blank` and belong to the profile `strict`.
 */
import {
  agrees,
  allBlank,
  blank,
  mandatory,
  required,
  UPI_ADOPTED,
  type ConditionalRule,
} from './conditional-rule.ts';
import {
  all,
  any,
  compare,
  compareTo,
  filled,
  is,
  isBlank,
  isCurrencyPair,
  isLei,
  isMidnight,
  isNot,
  isUpi,
  not,
  product,
  startsWithLei,
  type Condition,
} from './conditions.ts';
import { ELEMENTS } from './elements.ts';
import type { AssetClass } from './scopes.ts';

const CLEARED = is('1', 'Y');
const NOT_CLEARED = is('1', 'N');
const ORIGINAL = is('1', 'I');
const NOT_YET_CLEARED = is('1', 'N', 'I');
const OPTION = product('instrumentType', 'Option');
/** An FX option with an amount; without any it breaks the rules of #36 and #38. */
const GIVEN_OPTION = all(OPTION, any(filled('36'), filled('38')));
const CASH = product('deliveryType', 'CASH');
const PRICED = is('68', 'False');
const NO_UPFRONT = isNot('57', 'UFRO');
const PACKAGE = is('45', 'True');
const CLEARING = all(any(CLEARED, all(ORIGINAL, is('26', 'TERM'))), is('27', 'CLRG'));
const CLEARING_SWAP = all(CLEARED, is('26', 'NEWT'), is('27', 'CLRG'));
const SUCCESSOR = all(is('26', 'NEWT'), is('27', 'NOVA', 'CLRG', 'EXER', 'ALOC', 'CLAL'));
/** Either of the two directions of a swap names one of its counterparties. */
const aCounterparty = (element: string): Condition =>
  any(compare(element, '=', '13', 'text'), compare(element, '=', '14', 'text'));

const only = (...assetClasses: AssetClass[]) => ({ assetClasses });
const allBut = (...left: AssetClass[]) =>
  only(...(['CR', 'CO', 'EQ', 'FX', 'IR'] as const).filter((one) => !left.includes(one)));
const EACH_LEG = { legs: 'each' } as const;
const INFERRED = { confidence: 'inferred' } as const;
const VALUATION = { messages: ['valuation'], as: 'valuation' } as const;
const COLLATERAL = { messages: ['collateral'], as: 'collateral' } as const;
const DISSEMINATION = { messages: ['dissemination'], as: 'dissemination' } as const;
/** Whatever names the parties. */
const OF_PARTIES = { messages: ['transaction', 'valuation', 'collateral'] } as const;
const ALSO_PUBLISHED = { messages: ['transaction', 'dissemination'] } as const;

/** Of a transaction: what must be given. */
// prettier-ignore
const TRANSACTION: readonly ConditionalRule[] = [
  ...mandatory('1 13 14 15 17 22 23 24 25 26 30 31 32 45 68 88 91 93 94 95 96 97 104'),
  required('2', CLEARED),
  required('3', CLEARED),
  required('4', CLEARED),
  required('5', all(CLEARING, isBlank('6'))),
  required('6', all(CLEARING, isBlank('5'))),
  required('7', all(CLEARING_SWAP, isBlank('8'))),
  required('8', all(CLEARING_SWAP, isBlank('7'))),
  required('9', CLEARING),
  required('10', CLEARING),
  required('16', NOT_YET_CLEARED),
  required('18', all(isBlank('20'), isBlank('21'))),
  required('19', all(isBlank('20'), isBlank('21'))),
  required('20', all(isBlank('18'), isBlank('19'))),
  required('21', all(isBlank('18'), isBlank('19'))),
  required('27', is('26', 'NEWT', 'MODI', 'TERM', 'PRTO')),
  required('28', is('26', 'MODI')),
  required('29', is('27', 'COMP', 'CREV')),
  required('31', filled('32'), { legs: 'second', as: 'leg2', ...INFERRED }),
  required('32', filled('31'), { legs: 'second', as: 'leg2', ...INFERRED }),
  required('33', not(product('notionalSchedule', 'Constant')), only('IR')),
  required('34', filled('33'), EACH_LEG),
  required('35', filled('33'), EACH_LEG),
  required('36', all(OPTION, isBlank('38')), only('FX')),
  required('37', filled('36'), only('FX')),
  required('38', all(OPTION, isBlank('36')), only('FX')),
  required('39', filled('38'), only('FX')),
  required('41', filled('40'), { ...only('CO'), ...EACH_LEG }),
  required('42', all(filled('41'), isNot('41', 'ONDE', 'ADHO')), { ...only('CO'), ...EACH_LEG }),
  ...mandatory('43 44', only('EQ', 'CO')),
  required('46', PACKAGE),
  required('47', all(PACKAGE, isBlank('50'))),
  required('48', is('49', '1')),
  required('49', filled('47')),
  required('50', all(PACKAGE, isBlank('47'))),
  required('51', is('52', '1')),
  required('52', filled('50')),
  required('53', filled('63'), { ...only('EQ', 'CO'), ...EACH_LEG }),
  required('54', all(product('instrumentType', 'Forward', 'Option'), CASH), only('FX')),
  required('55', all(product('instrumentType', 'Swap'), not(product('underlierType', 'Fixed - Fixed'))), only('IR')),
  required('56', all(filled('55'), isNot('55', 'ADHO')), EACH_LEG),
  required('57', all(isBlank('67'), isBlank('73'), PRICED, not(OPTION)), only('CR')),
  required('58', filled('57')),
  required('59', filled('58')),
  required('60', filled('58')),
  required('61', filled('58')),
  required('62', filled('58')),
  required('64', all(filled('63'), isNot('63', 'ADHO')), { ...allBut('FX'), ...EACH_LEG }),
  ...mandatory('65 66', only('FX')),
  required('67', all(isBlank('73'), NO_UPFRONT, PRICED, not(OPTION)), { ...only('CR'), as: 'CR' }),
  required('67', all(isBlank('73'), PRICED, not(OPTION)), { ...only('IR'), as: 'IR' }),
  required('67', all(isBlank('69'), isBlank('73'), PRICED, not(OPTION)), { ...only('CO'), as: 'CO' }),
  required('69', all(isBlank('73'), PRICED, not(OPTION)), { ...only('EQ'), as: 'EQ' }),
  required('69', all(isBlank('67'), isBlank('73'), PRICED, not(OPTION)), { ...only('CO'), as: 'CO' }),
  required('70', is('71', '1'), only('EQ', 'CO')),
  required('71', filled('69'), only('EQ', 'CO')),
  required('72', filled('69'), only('EQ', 'CO')),
  required('73', all(isBlank('67'), NO_UPFRONT, PRICED, not(OPTION)), { ...only('CR'), as: 'CR' }),
  required('73', all(isBlank('67'), PRICED, not(OPTION)), { ...only('IR'), as: 'IR' }),
  required('73', all(isBlank('69'), PRICED, not(OPTION)), { ...only('EQ'), as: 'EQ' }),
  required('73', all(isBlank('67'), isBlank('69'), PRICED, not(OPTION)), { ...only('CO'), as: 'CO' }),
  required('74', is('75', '1'), { ...allBut('FX'), ...EACH_LEG }),
  required('75', filled('73'), { ...allBut('FX'), ...EACH_LEG }),
  required('76', all(PRICED, OPTION)),
  required('77', is('78', '1')),
  required('78', filled('76')),
  required('79', OPTION),
  required('80', compareTo('79', '>', '0')),
  required('81', compareTo('79', '>', '0')),
  required('82', OPTION),
  required('83', product('underlierType', 'Index tranche'), only('CR')),
  required('84', product('underlierType', 'Index tranche'), only('CR')),
  required('85', product('underlierType', 'Index', 'Index tranche'), only('CR')),
  required('87', null, { ...allBut('CO'), effectiveFrom: UPI_ADOPTED }),
  required('89', CASH),
  required('92', NOT_CLEARED),
  required('98', NOT_YET_CLEARED),
  required('99', NOT_YET_CLEARED),
  required('100', all(SUCCESSOR, isBlank('101'))),
  required('101', all(SUCCESSOR, isBlank('100'))),
  required('102', isBlank('103')),
  required('103', isBlank('102')),
  required('105', is('27', 'PTNG')),
];

/** Of a transaction: what must agree. */
// prettier-ignore
const AGREEMENTS: readonly ConditionalRule[] = [
  agrees('2', filled('2'), compare('2', '=', '13', 'text')),
  agrees('14', null, not(compare('14', '=', '13', 'text')), INFERRED),
  agrees('13', null, startsWithLei('13'), OF_PARTIES),
  agrees('14', is('15', 'LEID'), isLei('14'), { as: 'lei', ...OF_PARTIES }),
  agrees('14', is('15', 'NPID'), startsWithLei('14'), { as: 'npid', ...OF_PARTIES }),
  agrees('18', filled('18'), aCounterparty('18')),
  agrees('19', filled('19'), aCounterparty('19')),
  agrees('19', all(filled('18'), filled('19')), not(compare('19', '=', '18', 'text')), { as: 'seller', ...INFERRED }),
  agrees('20', filled('20'), aCounterparty('20'), EACH_LEG),
  agrees('20', any(filled('18'), filled('19')), all(isBlank('20'), isBlank('21')), { as: 'direction' }),
  agrees('21', filled('21'), aCounterparty('21'), EACH_LEG),
  agrees('21', all(filled('20'), filled('21')), not(compare('21', '=', '20', 'text')), { as: 'receiver', ...EACH_LEG, ...INFERRED }),
  agrees('26', null, isNot('26', 'VALU', 'MARU')),
  agrees('30', null, compare('30', '>=', '96', 'time'), ALSO_PUBLISHED),
  agrees('31', GIVEN_OPTION, any(all(filled('36'), compare('31', '=', '36', 'decimal')), all(filled('38'), compare('31', '=', '38', 'decimal'))), only('FX')),
  agrees('32', GIVEN_OPTION, any(all(filled('36'), compare('32', '=', '37', 'text')), all(filled('38'), compare('32', '=', '39', 'text'))), only('FX')),
  agrees('35', filled('35'), compare('35', '>', '34', 'time'), { ...EACH_LEG, ...INFERRED }),
  agrees('56', is('55', 'EXPI'), compareTo('56', '=', '1'), { ...EACH_LEG, ...ALSO_PUBLISHED }),
  agrees('64', is('63', 'EXPI'), compareTo('64', '=', '1'), { ...EACH_LEG, ...ALSO_PUBLISHED }),
  agrees('77', OPTION, isCurrencyPair('77'), { ...only('FX'), as: 'pair' }),
  agrees('77', filled('77'), not(isCurrencyPair('77')), { ...allBut('FX'), as: 'single' }),
  agrees('82', filled('82'), compare('82', '<=', '95', 'time'), INFERRED),
  agrees('83', filled('83'), compare('83', '<', '84', 'decimal'), only('CR')),
  agrees('87', null, isUpi('87'), { messages: ['transaction', 'valuation', 'dissemination'], ...allBut('CO'), effectiveFrom: UPI_ADOPTED }),
  agrees('88', null, compare('88', '>=', '95', 'time')),
  agrees('95', null, compare('95', '>=', '94', 'time'), ALSO_PUBLISHED),
  agrees('97', null, compare('97', '>=', '96', 'time')),
];

/** Of the daily reports: what must be given, and what must agree. */
// prettier-ignore
const END_OF_DAY: readonly ConditionalRule[] = [
  ...mandatory('13 14 15 22 26 97 110 111 112 113 116 124', VALUATION),
  required('87', null, { ...VALUATION, ...allBut('CO'), effectiveFrom: UPI_ADOPTED }),
  required('102', isBlank('103'), VALUATION),
  required('103', isBlank('102'), VALUATION),
  required('109', OPTION, VALUATION),
  agrees('26', null, is('26', 'VALU'), VALUATION),
  agrees('112', all(is('112', 'CCPV'), filled('1')), CLEARED, VALUATION),
  ...mandatory('13 14 15 22 26 30 97 114 115 116 117 124', COLLATERAL),
  required('102', all(is('116', 'TRANSACTIONLEVEL'), isBlank('103')), COLLATERAL),
  required('103', all(is('116', 'TRANSACTIONLEVEL'), isBlank('102')), COLLATERAL),
  agrees('26', null, is('26', 'MARU'), COLLATERAL),
  agrees('30', null, isMidnight('30'), COLLATERAL),
  required('118', is('115', 'OWC1', 'OWP1', 'FLCL'), COLLATERAL),
  required('119', is('115', 'OWC1', 'OWP1', 'FLCL'), COLLATERAL),
  required('120', any(filled('118'), filled('119')), COLLATERAL),
  required('121', is('115', 'OWC2', 'OWP2', 'FLCL'), COLLATERAL),
  required('122', is('115', 'OWC2', 'OWP2', 'FLCL'), COLLATERAL),
  required('123', any(filled('121'), filled('122')), COLLATERAL),
  required('125', is('115', 'PRC1', 'PRCL', 'OWC1', 'OWP1', 'OWP2', 'FLCL'), COLLATERAL),
  required('126', filled('125'), COLLATERAL),
  required('127', is('115', 'PRC2', 'PRCL', 'OWC2', 'OWP1', 'OWP2', 'FLCL'), COLLATERAL),
  required('128', filled('127'), COLLATERAL),
];

/** Of what a repository publishes; D3 is in none of its files. */
// prettier-ignore
const PUBLISHED: readonly ConditionalRule[] = [
  ...mandatory('26 30 96 D1', DISSEMINATION),
  required('27', is('26', 'NEWT', 'MODI', 'TERM', 'PRTO'), DISSEMINATION),
  // Daily reports are for the regulator alone. Source: appendix F.
  agrees('26', null, isNot('26', 'VALU', 'MARU'), DISSEMINATION),
  required('D2', any(is('26', 'CORR', 'EROR', 'TERM', 'REVI'), all(is('26', 'MODI'), is('28', 'True'))), DISSEMINATION),
  ...mandatory('87 D4 D5', { ...DISSEMINATION, ...allBut('CO'), effectiveFrom: UPI_ADOPTED }),
];

/** NR, and "else blank": rules of the profile `strict`. */
// prettier-ignore
const SUPERFLUOUS: readonly ConditionalRule[] = [
  blank('2', NOT_CLEARED),
  ...allBlank('3 4 7 8', NOT_YET_CLEARED),
  ...allBlank('5 6 9 10', NOT_CLEARED),
  ...allBlank('5 6 9 10', all(any(CLEARED, ORIGINAL), not(CLEARING)), { as: 'event' }),
  ...allBlank('7 8', all(CLEARED, not(CLEARING_SWAP)), { as: 'event' }),
  ...allBlank('11 12 92', is('1', 'Y', 'I')),
  ...allBlank('16 98 99', CLEARED),
  blank('28', isNot('26', 'MODI')),
  blank('29', isNot('27', 'COMP', 'CREV')),
  blank('33', product('notionalSchedule', 'Constant'), only('IR')),
  ...allBlank('34 35', isBlank('33'), EACH_LEG),
  ...allBlank('36 37 38 39', null, { ...allBut('FX'), as: 'class' }),
  blank('37', isBlank('36'), only('FX')),
  blank('39', isBlank('38'), only('FX')),
  ...allBlank('36 38', not(OPTION), only('FX')),
  ...allBlank('40 41 42', null, { ...allBut('CO'), as: 'class' }),
  blank('41', isBlank('40'), { ...only('CO'), ...EACH_LEG }),
  blank('42', any(isBlank('41'), is('41', 'ONDE', 'ADHO')), { ...only('CO'), ...EACH_LEG }),
  ...allBlank('43 44', null, { ...allBut('EQ', 'CO'), as: 'class' }),
  ...allBlank('46 47 48 49 50 51 52', is('45', 'False')),
  blank('48', all(filled('49'), isNot('49', '1')), { as: 'notation' }),
  blank('51', all(filled('52'), isNot('52', '1')), { as: 'notation' }),
  blank('56', any(isBlank('55'), is('55', 'ADHO')), EACH_LEG),
  ...allBlank('58 59 60 61 62', isBlank('57')),
  ...allBlank('63 64', null, { ...only('FX'), as: 'class' }),
  blank('64', any(isBlank('63'), is('63', 'ADHO')), { ...allBut('FX'), ...EACH_LEG }),
  ...allBlank('65 66', null, { ...allBut('FX'), as: 'class' }),
  blank('67', null, { ...only('EQ', 'FX'), as: 'class' }),
  ...allBlank('69 70 71 72', null, { ...allBut('EQ', 'CO'), as: 'class' }),
  ...allBlank('70 71 72', isBlank('69'), only('EQ', 'CO')),
  blank('70', all(filled('71'), isNot('71', '1')), { ...only('EQ', 'CO'), as: 'notation' }),
  ...allBlank('73 74 75', null, { ...only('FX'), as: 'class' }),
  blank('74', isNot('75', '1'), { ...allBut('FX'), ...EACH_LEG }),
  blank('75', isBlank('73'), { ...allBut('FX'), ...EACH_LEG }),
  ...allBlank('76 79 82', not(OPTION)),
  blank('77', isNot('78', '1')),
  blank('78', isBlank('76')),
  ...allBlank('80 81', isBlank('79')),
  ...allBlank('83 84 85', null, { ...allBut('CR'), as: 'class' }),
  ...allBlank('83 84', not(product('underlierType', 'Index tranche')), only('CR')),
  blank('85', not(product('underlierType', 'Index', 'Index tranche')), only('CR')),
  blank('89', not(CASH)),
  blank('105', isNot('27', 'PTNG')),
  blank('109', not(OPTION), { ...VALUATION, as: 'product' }),
  ...allBlank('118 119 120', isNot('115', 'OWC1', 'OWP1', 'FLCL'), { ...COLLATERAL, as: 'category' }),
  ...allBlank('121 122 123', isNot('115', 'OWC2', 'OWP2', 'FLCL'), { ...COLLATERAL, as: 'category' }),
  ...allBlank('125 126', isNot('115', 'PRC1', 'PRCL', 'OWC1', 'OWP1', 'OWP2', 'FLCL'), { ...COLLATERAL, as: 'category' }),
  ...allBlank('127 128', isNot('115', 'PRC2', 'PRCL', 'OWC2', 'OWP1', 'OWP2', 'FLCL'), { ...COLLATERAL, as: 'category' }),
];

/** Elements of each kind of message, beside those that a rule for it requires. */
const OPTIONAL_IN: Readonly<Record<'transaction' | 'valuation' | 'collateral', readonly string[]>> = {
  transaction: ['116', '124'],
  valuation: ['106', '107', '108'],
  collateral: [],
};

/** NR in a whole kind of message: whatever has no place in it. What a repository adds (D1 to D5) is not a party's. */
function notRequiredIn(message: 'transaction' | 'valuation' | 'collateral'): ConditionalRule[] {
  const placed = new Set(OPTIONAL_IN[message]);
  for (const one of [...TRANSACTION, ...END_OF_DAY])
    if (one.kind === 'required' && one.messages.includes(message)) placed.add(one.element);
  const isStrange = (number: string, endOfDayOnly: boolean): boolean =>
    !placed.has(number) && (message !== 'transaction' || endOfDayOnly);
  return ELEMENTS.filter(({ number }) => !number.startsWith('D'))
    .filter(({ number }) => isStrange(number, Number(number) >= 106))
    .map(({ number }) => blank(number, null, { messages: [message], as: message }));
}

export const CONDITIONAL_RULES: readonly ConditionalRule[] = [
  ...TRANSACTION,
  ...AGREEMENTS,
  ...END_OF_DAY,
  ...PUBLISHED,
  ...SUPERFLUOUS,
  ...notRequiredIn('transaction'),
  ...notRequiredIn('valuation'),
  ...notRequiredIn('collateral'),
];

export const conditionalRuleById: ReadonlyMap<string, ConditionalRule> = new Map(
  CONDITIONAL_RULES.map((one) => [one.id, one]),
);

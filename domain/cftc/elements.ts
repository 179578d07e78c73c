/**
 * The data elements of CFTC parts 43 and 45: 128 of the technical specification v3.2 (1 March 2023) and five that the
 * repository adds when it disseminates (its appendix A). Names and numbers are the specification's; a key is the
 * name in camel case.
 */
import {
  UNAVAILABLE,
  type Element,
  type Format,
  type Notation,
  type NumberFormat,
  type Range,
} from './element-format.ts';

export type * from './element-format.ts';

/** Version of the CFTC technical specification that the table follows. */
export const SPECIFICATION_VERSION = '3.2';

/** Version of what Tain checks by; it changes with every format, list or rule, so that verdicts can be compared. */
export const RULE_SET_VERSION = 'cftc-3.2.7';

type Shape = Pick<Element, 'format' | 'allowed'>;
type Trait = Partial<
  Pick<
    Element,
    'allowed' | 'placeholders' | 'repeatable' | 'legs' | 'streams' | 'columnNames' | 'set' | 'since'
  >
>;
type Reported = Pick<Element, 'part43' | 'part45' | 'endOfDay' | 'disseminated'>;
type Ungrouped = Omit<Element, 'group'>;

// Where an element is reported. The flags are the published ones, also where they contradict a rule (#30, #104).
const PART_45: Reported = { part43: false, part45: true, endOfDay: false, disseminated: false };
const DAILY: Reported = { part43: false, part45: true, endOfDay: true, disseminated: false };
const PARTIES: Reported = { part43: true, part45: true, endOfDay: true, disseminated: false };
const PUBLIC: Reported = { part43: true, part45: true, endOfDay: false, disseminated: true };
const ALL: Reported = { part43: true, part45: true, endOfDay: true, disseminated: true };
const SDR: Reported = { part43: true, part45: false, endOfDay: false, disseminated: true };

const shape = (format: Format): Shape => ({ format, allowed: null });
const num = (digits: number, decimals: number): NumberFormat => ({
  kind: 'num',
  digits,
  decimals,
  whole: false,
});
const varchar = (max: number): Shape => shape({ kind: 'varchar', max });
const text = (max: number | null): Shape => shape({ kind: 'text', max });
const codes = (list: string): Shape => ({
  format: { kind: 'code' },
  allowed: { kind: 'codes', codes: list.split(' ') },
});

const MONETARY = num(18, 13);
const FRACTIONAL = num(11, 10);
const BASIS_POINTS: NumberFormat = { kind: 'num', digits: 5, decimals: 0, whole: true };

const notated = (notation: string, byNotation: Partial<Record<Notation, NumberFormat>>): Shape =>
  shape({ kind: 'notated', notation, byNotation });
const price = (notation: string): Shape => notated(notation, { 1: MONETARY, 3: FRACTIONAL });
const spread = (notation: string): Shape =>
  notated(notation, { 1: MONETARY, 3: FRACTIONAL, 4: BASIS_POINTS });

const AMOUNT = shape(num(25, 5));
const RATE = shape(MONETARY);
const DECIMAL = shape(FRACTIONAL);
const MULTIPLIER = shape(num(3, 0));
const BOOLEAN = shape({ kind: 'boolean' });
const DATE = shape({ kind: 'date' });
const TIMESTAMP = shape({ kind: 'timestamp' });
// The format column of #113 shows a time, a footnote asks for the date only and the examples have both.
const DATE_OR_TIMESTAMP = shape({ kind: 'dateOrTimestamp' });
const LEI = shape({ kind: 'lei' });
const PARTY = shape({ kind: 'party' });
const UTI = shape({ kind: 'uti' });
const USI = shape({ kind: 'usi' });
const EVENT_IDENTIFIER = shape({ kind: 'eventIdentifier' });
const UPI = shape({ kind: 'upi' });
const MIC = shape({ kind: 'mic' });
const CURRENCY = shape({ kind: 'currency' });
const CURRENCY_PAIR = shape({ kind: 'currencyPair' });
const CURRENCY_OR_PAIR = shape({ kind: 'currencyOrPair' });
const COUNTRY = shape({ kind: 'country' });
const EXEMPTION = codes('ENDU AFFL SMBK COOP NOAL OTHR');
const PERIOD = codes('DAIL WEEK MNTH YEAR ADHO EXPI');
const PRICE_NOTATION = codes('1 3');
const SPREAD_NOTATION = codes('1 3 4');
const DAY_COUNT = codes(
  'A001 A002 A003 A004 A005 A006 A007 A008 A009 A010 A011 A012 A013 A014 A015 A016 A017 A018 A019 A020 NARR',
);

const within = (range: Range): Trait => ({ allowed: { kind: 'range', range } });
const placeholders = (...literals: string[]): Trait => ({ placeholders: literals });
const columns = (...names: string[]): Trait => ({ columnNames: names });

const POSITIVE = within('>0');
const NOT_NEGATIVE = within('>=0');
const FRACTION = within('0..1');
const LEGS: Trait = { legs: true };
const STREAMS: Trait = { legs: true, streams: true };
const REPEATS: Trait = { repeatable: true };
const NOTIONAL_SCHEDULE: Trait = { legs: true, repeatable: true, set: 'notionalSchedule' };
const OTHER_PAYMENT: Trait = { repeatable: true, set: 'otherPayment' };
const AMOUNT_UNAVAILABLE = placeholders('99999999999999999999.99999');
const PRICE_UNAVAILABLE = placeholders(UNAVAILABLE[1], UNAVAILABLE[3]);
const SPREAD_UNAVAILABLE = placeholders(UNAVAILABLE[1], UNAVAILABLE[3], UNAVAILABLE[4]);
const PORTFOLIO_LITERALS = placeholders('TRANSACTIONLEVEL', 'NOTAPPLICABLE');

const WITH_UPI: Trait = { since: '3.2' };

const USUAL = {
  placeholders: [],
  repeatable: false,
  legs: false,
  streams: false,
  columnNames: [],
  set: null,
  since: '3.1',
} as const satisfies Trait;

/** The key of an element is its name in camel case: "Notional amount" is notionalAmount. */
const toKey = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
    .map((word, index) => (index === 0 ? word : word[0]!.toUpperCase() + word.slice(1)))
    .join('');

const element =
  (origin: Element['origin']) =>
  (number: string, name: string, reported: Reported, of: Shape, ...traits: Trait[]): Ungrouped =>
    traits.reduce<Ungrouped>((row, trait) => ({ ...row, ...trait }), {
      number,
      name,
      key: toKey(name),
      origin,
      ...of,
      ...reported,
      ...USUAL,
    });
const cde = element('CDE');
const cftc = element('CFTC');
const group = (name: string, members: readonly Ungrouped[]): Element[] =>
  members.map((member) => ({ ...member, group: name }));

/** All data elements in the order of the specification, one line each. */
// prettier-ignore
export const ELEMENTS: readonly Element[] = [
  ...group('Clearing', [
    cde('1', 'Cleared', PUBLIC, codes('Y N I')),
    cde('2', 'Central counterparty', PART_45, LEI),
    cftc('3', 'Clearing account origin', PART_45, codes('HOUS CLIE')),
    cde('4', 'Clearing member', PART_45, PARTY),
    cftc('5', 'Clearing swap USIs', PART_45, USI, REPEATS),
    cftc('6', 'Clearing swap UTIs', PART_45, UTI, REPEATS),
    cftc('7', 'Original swap USI', PART_45, USI, placeholders('NOTAVAILABLE')),
    cftc('8', 'Original swap UTI', PART_45, UTI, placeholders('NOTAVAILABLE')),
    cftc('9', 'Original swap SDR identifier', PART_45, LEI, placeholders('NOTAVAILABLE')),
    cftc('10', 'Clearing receipt timestamp', PART_45, TIMESTAMP),
    cftc('11', 'Clearing exceptions and exemptions - Counterparty 1', PART_45, EXEMPTION, REPEATS, columns('clearingExceptionsCounterparty1')),
    cftc('12', 'Clearing exceptions and exemptions - Counterparty 2', PART_45, EXEMPTION, REPEATS, columns('clearingExceptionsCounterparty2')),
  ]),
  ...group('Counterparty', [
    cde('13', 'Counterparty 1 (reporting counterparty)', PARTIES, PARTY, columns('counterparty1')),
    cde('14', 'Counterparty 2', PARTIES, PARTY),
    cftc('15', 'Counterparty 2 identifier source', PARTIES, codes('LEID NPID PLID')),
    cftc('16', 'Counterparty 1 financial entity indicator', PART_45, BOOLEAN),
    cftc('17', 'Counterparty 2 financial entity indicator', PART_45, BOOLEAN),
    cde('18', 'Buyer identifier', PART_45, PARTY),
    cde('19', 'Seller identifier', PART_45, PARTY),
    cde('20', 'Payer identifier', PART_45, PARTY, LEGS),
    cde('21', 'Receiver identifier', PART_45, PARTY, LEGS),
    cftc('22', 'Submitter identifier', PARTIES, LEI),
    cftc('23', 'Counterparty 1 federal entity indicator', PART_45, BOOLEAN),
    cftc('24', 'Counterparty 2 federal entity indicator', PART_45, BOOLEAN),
  ]),
  ...group('Custom baskets', [
    cftc('25', 'Custom basket indicator', PUBLIC, BOOLEAN),
  ]),
  ...group('Events', [
    cftc('26', 'Action type', ALL, codes('NEWT MODI CORR EROR TERM REVI PRTO VALU MARU')),
    cftc('27', 'Event type', PUBLIC, codes('TRAD NOVA COMP ETRM CLRG EXER ALOC CLAL CREV PTNG CORP UPDT')),
    cftc('28', 'Amendment indicator', PUBLIC, BOOLEAN),
    cftc('29', 'Event identifier', PART_45, EVENT_IDENTIFIER),
    cftc('30', 'Event timestamp', PUBLIC, TIMESTAMP),
  ]),
  ...group('Notional amounts and quantities', [
    cde('31', 'Notional amount', PUBLIC, AMOUNT, AMOUNT_UNAVAILABLE, LEGS),
    cde('32', 'Notional currency', PUBLIC, CURRENCY, LEGS),
    cde('33', 'Notional amount schedule - notional amount in effect on associated effective date', PUBLIC, AMOUNT, NOT_NEGATIVE, NOTIONAL_SCHEDULE, columns('notionalScheduleAmount', 'Notional amount in effect on associated effective date')),
    cde('34', 'Notional amount schedule - unadjusted effective date of the notional amount', PUBLIC, DATE, NOTIONAL_SCHEDULE, columns('notionalScheduleEffectiveDate', 'Effective date of the notional amount')),
    cde('35', 'Notional amount schedule - unadjusted end date of the notional amount', PUBLIC, DATE, NOTIONAL_SCHEDULE, columns('notionalScheduleEndDate', 'End date of the notional amount')),
    cde('36', 'Call amount', PUBLIC, AMOUNT, POSITIVE),
    cde('37', 'Call currency', PUBLIC, CURRENCY),
    cde('38', 'Put amount', PUBLIC, AMOUNT, POSITIVE),
    cde('39', 'Put currency', PUBLIC, CURRENCY),
    cftc('40', 'Notional quantity', PUBLIC, AMOUNT, NOT_NEGATIVE, LEGS),
    cftc('41', 'Quantity frequency', PUBLIC, codes('HOUL DAIL WEEK MNTH ONDE YEAR EXPI ADHO'), LEGS),
    cftc('42', 'Quantity frequency multiplier', PUBLIC, MULTIPLIER, NOT_NEGATIVE, LEGS),
    cde('43', 'Quantity unit of measure', PUBLIC, varchar(4), LEGS),
    cde('44', 'Total notional quantity', PUBLIC, AMOUNT, NOT_NEGATIVE, AMOUNT_UNAVAILABLE, LEGS),
  ]),
  ...group('Packages', [
    cftc('45', 'Package indicator', PUBLIC, BOOLEAN),
    cde('46', 'Package identifier', PART_45, varchar(100), placeholders('UNKNOWN')),
    cde('47', 'Package transaction price', PUBLIC, price('packageTransactionPriceNotation'), PRICE_UNAVAILABLE),
    cde('48', 'Package transaction price currency', PUBLIC, CURRENCY),
    cde('49', 'Package transaction price notation', PUBLIC, PRICE_NOTATION),
    cde('50', 'Package transaction spread', PUBLIC, spread('packageTransactionSpreadNotation'), SPREAD_UNAVAILABLE),
    cde('51', 'Package transaction spread currency', PUBLIC, CURRENCY),
    cde('52', 'Package transaction spread notation', PUBLIC, SPREAD_NOTATION),
  ]),
  ...group('Payments', [
    cde('53', 'Day count convention', PUBLIC, DAY_COUNT, STREAMS),
    cftc('54', 'Fixing date', PART_45, DATE, LEGS),
    cftc('55', 'Floating rate reset frequency period', PUBLIC, PERIOD, LEGS),
    cftc('56', 'Floating rate reset frequency period multiplier', PUBLIC, MULTIPLIER, NOT_NEGATIVE, LEGS),
    cde('57', 'Other payment type', PUBLIC, codes('UFRO UWIN PEXH'), OTHER_PAYMENT),
    cde('58', 'Other payment amount', PUBLIC, AMOUNT, NOT_NEGATIVE, OTHER_PAYMENT),
    cde('59', 'Other payment currency', PUBLIC, CURRENCY, OTHER_PAYMENT),
    cde('60', 'Other payment date', PART_45, DATE, OTHER_PAYMENT),
    cde('61', 'Other payment payer', PART_45, PARTY, OTHER_PAYMENT),
    cde('62', 'Other payment receiver', PART_45, PARTY, OTHER_PAYMENT),
    cde('63', 'Payment frequency period', PUBLIC, PERIOD, STREAMS),
    cde('64', 'Payment frequency period multiplier', PUBLIC, MULTIPLIER, NOT_NEGATIVE, STREAMS),
  ]),
  ...group('Prices', [
    cde('65', 'Exchange rate', PUBLIC, RATE, POSITIVE),
    cde('66', 'Exchange rate basis', PUBLIC, CURRENCY_PAIR),
    cde('67', 'Fixed rate', PUBLIC, DECIMAL, LEGS),
    cftc('68', 'Post-priced swap indicator', PUBLIC, BOOLEAN),
    cde('69', 'Price', PUBLIC, price('priceNotation')),
    cde('70', 'Price currency', PUBLIC, CURRENCY),
    cde('71', 'Price notation', PUBLIC, PRICE_NOTATION),
    cde('72', 'Price unit of measure', PUBLIC, varchar(4)),
    cde('73', 'Spread', PUBLIC, spread('spreadNotation'), LEGS),
    cde('74', 'Spread currency', PUBLIC, CURRENCY, LEGS),
    cde('75', 'Spread notation', PUBLIC, SPREAD_NOTATION, LEGS),
    cde('76', 'Strike price', PUBLIC, price('strikePriceNotation')),
    cde('77', 'Strike price currency/currency pair', PUBLIC, CURRENCY_OR_PAIR, columns('strikePriceCurrencyOrPair')),
    cde('78', 'Strike price notation', PUBLIC, PRICE_NOTATION),
    cde('79', 'Option premium amount', PUBLIC, AMOUNT, NOT_NEGATIVE),
    cde('80', 'Option premium currency', PUBLIC, CURRENCY),
    cde('81', 'Option premium payment date', PART_45, DATE),
    cde('82', 'First exercise date', PUBLIC, DATE),
  ]),
  ...group('Product', [
    cde('83', 'CDS index attachment point', PART_45, DECIMAL, FRACTION),
    cde('84', 'CDS index detachment point', PART_45, DECIMAL, FRACTION),
    cftc('85', 'Index factor', PUBLIC, DECIMAL, FRACTION),
    cftc('86', 'Embedded option type', PUBLIC, codes('MDET OPET CANC EXTD OTHR')),
    cftc('87', 'Unique product identifier', ALL, UPI, WITH_UPI),
  ]),
  ...group('Settlement', [
    cde('88', 'Final contractual settlement date', PART_45, DATE),
    cde('89', 'Settlement currency', PUBLIC, CURRENCY, LEGS),
    cde('90', 'Settlement location', PUBLIC, COUNTRY),
  ]),
  ...group('Transaction related', [
    cftc('91', 'Allocation indicator', PART_45, codes('POST PREA UNAL')),
    cftc('92', 'Non-standardized term indicator', PUBLIC, BOOLEAN),
    cftc('93', 'Block trade election indicator', PUBLIC, BOOLEAN),
    cde('94', 'Effective date', PUBLIC, DATE),
    cde('95', 'Expiration date', PUBLIC, DATE),
    cde('96', 'Execution timestamp', PUBLIC, TIMESTAMP),
    cde('97', 'Reporting timestamp', PARTIES, TIMESTAMP),
    cde('98', 'Platform identifier', PUBLIC, MIC),
    cftc('99', 'Prime brokerage transaction indicator', PUBLIC, BOOLEAN),
    cftc('100', 'Prior USI (for one-to-one and one-to-many relations between transactions)', PART_45, USI, columns('priorUsi')),
    cde('101', 'Prior UTI (for one-to-one and one-to-many relations between transactions)', PART_45, UTI, columns('priorUti')),
    cftc('102', 'Unique swap identifier (USI)', PARTIES, USI, columns('Unique swap identifier')),
    cftc('103', 'Unique transaction identifier (UTI)', PARTIES, UTI, columns('Unique transaction identifier')),
    cftc('104', 'Jurisdiction', DAILY, codes('CFTC SECH MIXX'), REPEATS),
  ]),
  ...group('Transfer', [
    cftc('105', 'New SDR identifier', PART_45, LEI),
  ]),
  ...group('Valuation', [
    cftc('106', 'Next floating reference reset date', DAILY, DATE, LEGS),
    cftc('107', 'Last floating reference value', DAILY, DECIMAL, LEGS),
    cftc('108', 'Last floating reference reset date', DAILY, DATE, LEGS),
    cde('109', 'Delta', DAILY, AMOUNT),
    cde('110', 'Valuation amount', DAILY, AMOUNT),
    cde('111', 'Valuation currency', DAILY, CURRENCY),
    cde('112', 'Valuation method', DAILY, codes('MTMA MTMO CCPV')),
    cde('113', 'Valuation timestamp', DAILY, DATE_OR_TIMESTAMP),
  ]),
  ...group('Collateral and margins', [
    cftc('114', 'Affiliated counterparty for margin and capital indicator', DAILY, BOOLEAN),
    cde('115', 'Collateralisation category', DAILY, codes('UNCL PRC1 PRC2 PRCL OWC1 OWC2 OWP1 OWP2 FLCL')),
    cftc('116', 'Initial margin collateral portfolio code', DAILY, varchar(52), PORTFOLIO_LITERALS, columns('initialMarginPortfolioCode')),
    cftc('117', 'Portfolio containing non-reportable component indicator', DAILY, BOOLEAN),
    cde('118', 'Initial margin posted by the reporting counterparty (post-haircut)', DAILY, AMOUNT, NOT_NEGATIVE, columns('initialMarginPostedPostHaircut')),
    cde('119', 'Initial margin posted by the reporting counterparty (pre-haircut)', DAILY, AMOUNT, NOT_NEGATIVE, columns('initialMarginPostedPreHaircut')),
    cde('120', 'Currency of initial margin posted', DAILY, CURRENCY),
    cde('121', 'Initial margin collected by the reporting counterparty (post-haircut)', DAILY, AMOUNT, NOT_NEGATIVE, columns('initialMarginCollectedPostHaircut')),
    cde('122', 'Initial margin collected by the reporting counterparty (pre-haircut)', DAILY, AMOUNT, NOT_NEGATIVE, columns('initialMarginCollectedPreHaircut')),
    cde('123', 'Currency of initial margin collected', DAILY, CURRENCY),
    cftc('124', 'Variation margin collateral portfolio code', DAILY, varchar(52), PORTFOLIO_LITERALS, columns('variationMarginPortfolioCode')),
    cde('125', 'Variation margin posted by the reporting counterparty (pre-haircut)', DAILY, AMOUNT, NOT_NEGATIVE, columns('variationMarginPosted')),
    cde('126', 'Currency of variation margin posted', DAILY, CURRENCY),
    cde('127', 'Variation margin collected by the reporting counterparty (pre-haircut)', DAILY, AMOUNT, NOT_NEGATIVE, columns('variationMarginCollected')),
    cde('128', 'Currency of variation margin collected', DAILY, CURRENCY),
  ]),
  ...group('Dissemination (SDR only)', [
    cftc('D1', 'Dissemination identifier', SDR, varchar(52)),
    cftc('D2', 'Original dissemination identifier', SDR, varchar(52)),
    cftc('D3', 'Dissemination timestamp', SDR, TIMESTAMP),
    cftc('D4', 'UPI FISN', SDR, text(35), WITH_UPI),
    cftc('D5', 'UPI Underlier Name', SDR, text(null), WITH_UPI),
  ]),
];

/** Elements by their key ("notionalAmount"). */
export const elementByKey: ReadonlyMap<string, Element> = new Map(ELEMENTS.map((one) => [one.key, one]));

/** Elements by their number ("31", "D1"). */
export const elementByNumber: ReadonlyMap<string, Element> = new Map(
  ELEMENTS.map((one) => [one.number, one]),
);

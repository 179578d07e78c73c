/**
 * Records as a reporting desk writes them, of every asset class and kind of message. They break no rule under any
 * profile: a rule that finds fault with one of them is a false rejection.
 */
import { DAILY_RECORDS, PARTIES, UPI, UTI, type RealisticRecord } from './daily-records.ts';
import { LEI, OTHER_LEI } from './good-record.ts';

export type { RealisticRecord } from './daily-records.ts';

const OLD_UTI = `${LEI}T00000000`;
const EVENT = `${LEI}E0001`;

/** What every report of a swap has. */
const TERMS = {
  ...PARTIES,
  '#16': 'True',
  '#17': 'False',
  '#23': 'False',
  '#24': 'False',
  '#25': 'False',
  '#26': 'NEWT',
  '#27': 'TRAD',
  '#30': '2026-11-20T14:05:00Z',
  '#45': 'False',
  '#68': 'False',
  '#91': 'UNAL',
  '#93': 'False',
  '#96': '2026-11-20T14:05:00Z',
  '#97': '2026-11-20T14:06:00Z',
  '#103': UTI,
  '#104': 'CFTC',
};
const NOT_CLEARED = { '#1': 'N', '#92': 'False', '#98': 'XOFF', '#99': 'False' };
const DATES = { '#94': '2026-11-24', '#95': '2031-11-24', '#88': '2031-11-24' };
const NEW = { ...TERMS, ...NOT_CLEARED, ...DATES };
const PAYER = { '#20Leg1': LEI, '#21Leg1': OTHER_LEI };
const PAYERS = { ...PAYER, '#20Leg2': OTHER_LEI, '#21Leg2': LEI };
const BUYER = { '#18': LEI, '#19': OTHER_LEI };
const notional = (amount: string, currency: string) => ({ '#31Leg1': amount, '#32Leg1': currency });
const second = (amount: string, currency: string) => ({ '#31Leg2': amount, '#32Leg2': currency });

const product = (
  assetClass: string,
  instrumentType: string,
  underlierType: string,
  deliveryType: string,
  notionalSchedule = 'Constant',
) => ({
  assetClass,
  'UPI.instrumentType': instrumentType,
  'UPI.underlierType': underlierType,
  'UPI.deliveryType': deliveryType,
  'UPI.notionalSchedule': notionalSchedule,
  ...(assetClass !== 'CO' && { '#87': UPI }),
});
const option = (expires: string, price: string, currency = 'USD') => ({
  '#76': price,
  '#78': currency === '' ? '3' : '1',
  ...(currency !== '' && { '#77': currency }),
  '#79': '125000',
  '#80': 'USD',
  '#81': '2026-11-24',
  '#82': expires,
});

const payments = (stream: 'fixedRate' | 'floatingRate', leg: 1 | 2, period: string, times: string) => ({
  [`${stream}#53Leg${leg}`]: 'A004',
  [`${stream}#63Leg${leg}`]: period,
  [`${stream}#64Leg${leg}`]: times,
});
const resets = (leg: 1 | 2, period: string, times: string) => ({
  [`#55Leg${leg}`]: period,
  ...(period !== 'ADHO' && { [`#56Leg${leg}`]: times }),
});

const FIXED_FLOAT = {
  ...NEW,
  ...PAYERS,
  ...product('IR', 'Swap', 'Fixed - Floating', 'PHYS'),
  ...notional('25000000', 'USD'),
  ...second('25000000', 'USD'),
  '#67Leg1': '0.0412',
  ...payments('fixedRate', 1, 'MNTH', '6'),
  ...payments('floatingRate', 2, 'MNTH', '3'),
  ...resets(2, 'MNTH', '3'),
};
const CDS = {
  ...NEW,
  ...BUYER,
  ...product('CR', 'Swap', 'Single Name', 'CASH'),
  ...notional('10000000', 'USD'),
  '#67Leg1': '0.01',
  ...payments('fixedRate', 1, 'MNTH', '3'),
  '#89Leg1': 'USD',
};
const CDS_INDEX = { ...CDS, ...product('CR', 'Swap', 'Index', 'CASH'), '#85': '0.98' };
const FX = { ...NEW, ...PAYERS, '#65': '1.0875', '#66': 'EUR/USD', '#32Leg1': 'EUR', '#32Leg2': 'USD' };
const FX_AMOUNTS = { '#31Leg1': '1000000', '#31Leg2': '1087500' };
const COMMODITY = {
  ...NEW,
  ...PAYERS,
  ...notional('750000', 'USD'),
  '#40Leg1': '10000',
  '#41Leg1': 'MNTH',
  '#42Leg1': '1',
  '#43Leg1': 'BARL',
  '#44Leg1': '120000',
  '#89Leg1': 'USD',
};
const PRICED = { '#69': '75.25', '#70': 'USD', '#71': '1', '#72': 'BARL' };
const EQUITY = {
  ...NEW,
  ...PAYERS,
  ...notional('5000000', 'USD'),
  '#43Leg1': 'SHRS',
  '#44Leg1': '25000',
  '#89Leg1': 'USD',
};

const without = (record: RealisticRecord, ...columns: string[]): RealisticRecord =>
  Object.fromEntries(Object.entries(record).filter(([column]) => !columns.includes(column)));

const CLEARED = (record: RealisticRecord): RealisticRecord => ({
  ...without(record, '#16', '#92', '#98', '#99'),
  '#1': 'Y',
  '#2': LEI,
  '#3': 'CLIE',
  '#4': OTHER_LEI,
  '#27': 'CLRG',
  '#6': UTI,
  '#8': OLD_UTI,
  '#9': OTHER_LEI,
  '#10': '2026-11-20T14:05:30Z',
  '#101': OLD_UTI,
});

export const REALISTIC_RECORDS: Readonly<Record<string, RealisticRecord>> = {
  'IR fixed-float': FIXED_FLOAT,
  'IR OIS': { ...FIXED_FLOAT, ...resets(2, 'DAIL', '1'), ...payments('floatingRate', 2, 'YEAR', '1') },
  'IR zero coupon, paid at the end': {
    ...FIXED_FLOAT,
    ...payments('fixedRate', 1, 'EXPI', '1'),
    ...resets(2, 'EXPI', '1'),
  },
  'IR basis': {
    ...without(FIXED_FLOAT, '#67Leg1', 'fixedRate#53Leg1', 'fixedRate#63Leg1', 'fixedRate#64Leg1'),
    ...product('IR', 'Swap', 'Basis', 'PHYS'),
    ...payments('floatingRate', 1, 'MNTH', '1'),
    ...resets(1, 'MNTH', '1'),
    '#73Leg1': '12',
    '#75Leg1': '4',
  },
  'IR cross-currency basis': {
    ...FIXED_FLOAT,
    ...product('IR', 'Swap', 'Basis', 'PHYS'),
    ...second('23000000', 'EUR'),
    '#73Leg2': '0.0015',
    '#75Leg2': '3',
    '#57': 'PEXH;PEXH',
    '#58': '25000000;23000000',
    '#59': 'USD;EUR',
    '#60': '2026-11-24;2026-11-24',
    '#61': `${LEI};${OTHER_LEI}`,
    '#62': `${OTHER_LEI};${LEI}`,
  },
  'IR fixed-fixed': {
    ...without(
      FIXED_FLOAT,
      '#55Leg2',
      '#56Leg2',
      'floatingRate#53Leg2',
      'floatingRate#63Leg2',
      'floatingRate#64Leg2',
    ),
    ...product('IR', 'Swap', 'Fixed - Fixed', 'PHYS'),
    ...second('23000000', 'EUR'),
    '#67Leg2': '0.021',
    ...payments('fixedRate', 2, 'YEAR', '1'),
  },
  'IR amortising': {
    ...FIXED_FLOAT,
    ...product('IR', 'Swap', 'Fixed - Floating', 'PHYS', 'Amortizing'),
    '#33Leg1': '25000000;12500000',
    '#34Leg1': '2026-11-24;2028-11-24',
    '#35Leg1': '2028-11-24;2031-11-24',
  },
  'IR swaption': {
    ...NEW,
    ...BUYER,
    ...product('IR', 'Option', 'Fixed - Floating', 'CASH'),
    ...notional('25000000', 'USD'),
    ...option('2027-11-24', '0.0425', ''),
    '#95': '2027-11-24',
    '#89Leg1': 'USD',
  },
  'IR cap': {
    ...NEW,
    ...BUYER,
    ...product('IR', 'Option', 'Float', 'CASH'),
    ...notional('25000000', 'USD'),
    ...option('2027-02-24', '0.05', ''),
    ...resets(1, 'MNTH', '3'),
    '#89Leg1': 'USD',
  },
  'IR forward rate agreement': {
    ...NEW,
    ...PAYER,
    ...product('IR', 'Forward', 'Float', 'CASH'),
    ...notional('25000000', 'USD'),
    '#67Leg1': '0.0433',
    '#89Leg1': 'USD',
  },
  'IR in a package, its price not known yet': {
    ...FIXED_FLOAT,
    '#45': 'True',
    '#46': 'PKG1',
    '#50': '25',
    '#52': '4',
  },
  'IR in a package with a monetary price': {
    ...FIXED_FLOAT,
    '#45': 'True',
    '#46': 'UNKNOWN',
    '#47': '12.5',
    '#48': 'USD',
    '#49': '1',
  },
  'IR post-priced': { ...without(FIXED_FLOAT, '#67Leg1'), '#68': 'True' },
  'CR single name': CDS,
  'CR single name with an upfront payment instead of a rate': {
    ...without(CDS, '#67Leg1'),
    '#57': 'UFRO',
    '#58': '150000',
    '#59': 'USD',
    '#60': '2026-11-25',
    '#61': LEI,
    '#62': OTHER_LEI,
  },
  'CR index': CDS_INDEX,
  'CR tranche': {
    ...CDS_INDEX,
    ...product('CR', 'Swap', 'Index tranche', 'CASH'),
    '#83': '0.03',
    '#84': '0.07',
  },
  'CR total return': {
    ...without(CDS, '#18', '#19', '#67Leg1', '#89Leg1'),
    ...PAYERS,
    ...product('CR', 'Swap', 'Other', 'PHYS'),
    '#73Leg2': '150',
    '#75Leg2': '4',
  },
  'CR index swaption': {
    ...NEW,
    ...BUYER,
    ...product('CR', 'Option', 'CDS on Index', 'PHYS'),
    ...notional('10000000', 'USD'),
    ...option('2027-01-20', '0.0065', ''),
    '#95': '2027-01-20',
  },
  'FX forward': { ...FX, ...FX_AMOUNTS, ...product('FX', 'Forward', 'Spot', 'PHYS') },
  'FX non-deliverable forward': {
    ...FX,
    ...FX_AMOUNTS,
    ...product('FX', 'Forward', 'Spot', 'CASH'),
    '#32Leg1': 'KRW',
    '#66': 'USD/KRW',
    '#54Leg1': '2031-11-20',
    '#89Leg1': 'USD',
  },
  'FX option': {
    ...without(FX, '#20Leg1', '#21Leg1', '#20Leg2', '#21Leg2', '#32Leg2'),
    ...BUYER,
    ...product('FX', 'Option', 'Spot', 'PHYS'),
    '#31Leg1': '1000000',
    '#36': '1000000.00',
    '#37': 'EUR',
    '#38': '1087500',
    '#39': 'USD',
    ...option('2027-11-24', '1.0875', 'EUR/USD'),
    '#95': '2027-11-24',
  },
  'FX swap': { ...FX, ...FX_AMOUNTS, ...product('FX', 'Swap', 'Spot', 'PHYS') },
  'EQ price return': {
    ...EQUITY,
    ...product('EQ', 'Swap', 'Single Name', 'CASH'),
    '#69': '200.5',
    '#70': 'USD',
    '#71': '1',
    '#72': 'SHRS',
    '#73Leg2': '35',
    '#75Leg2': '4',
    ...payments('floatingRate', 2, 'MNTH', '3'),
  },
  'EQ variance': {
    ...without(EQUITY, '#20Leg1', '#21Leg1', '#20Leg2', '#21Leg2'),
    ...BUYER,
    ...product('EQ', 'Swap', 'Single Index', 'CASH'),
    '#69': '0.225',
    '#71': '3',
    '#72': 'VEGA',
  },
  'EQ option': {
    ...without(EQUITY, '#20Leg1', '#21Leg1', '#20Leg2', '#21Leg2'),
    ...BUYER,
    ...product('EQ', 'Option', 'Single Name', 'CASH'),
    ...option('2026-11-24', '210', 'USD'),
  },
  'CO fixed-float': { ...COMMODITY, ...product('CO', 'Swap', 'Energy', 'CASH'), '#67Leg1': '9.5' },
  'CO fixed-float with a price': { ...COMMODITY, ...product('CO', 'Swap', 'Energy', 'CASH'), ...PRICED },
  'CO basis': {
    ...COMMODITY,
    ...product('CO', 'Swap', 'Energy', 'CASH'),
    '#73Leg2': '1.25',
    '#74Leg2': 'USD',
    '#75Leg2': '1',
  },
  'CO option': {
    ...without(COMMODITY, '#20Leg1', '#21Leg1', '#20Leg2', '#21Leg2'),
    ...BUYER,
    ...product('CO', 'Option', 'Energy', 'CASH'),
    ...option('2031-11-24', '80', 'USD'),
  },
  'CO forward': {
    ...without(COMMODITY, '#89Leg1'),
    ...product('CO', 'Forward', 'Energy', 'PHYS'),
    ...PRICED,
    '#41Leg1': 'ONDE',
    '#42Leg1': '',
  },
  'an alpha': {
    ...without(FIXED_FLOAT, '#92'),
    '#1': 'I',
    '#98': 'XSEF',
  },
  'the end of an alpha': {
    ...without(FIXED_FLOAT, '#92'),
    '#1': 'I',
    '#26': 'TERM',
    '#27': 'CLRG',
    '#6': `${LEI}T00000002;${LEI}T00000003`,
    '#9': OTHER_LEI,
    '#10': '2026-11-20T14:05:30Z',
  },
  'a beta': CLEARED(FIXED_FLOAT),
  'a gamma': { ...CLEARED(FIXED_FLOAT), '#3': 'HOUS', '#103': `${LEI}T00000003` },
  'the new swap of a novation': { ...FIXED_FLOAT, '#27': 'NOVA', '#101': OLD_UTI },
  'the end of the old one': { ...FIXED_FLOAT, '#26': 'TERM', '#27': 'NOVA' },
  'a compression': { ...FIXED_FLOAT, '#26': 'TERM', '#27': 'COMP', '#29': EVENT },
  'what a compression makes': { ...FIXED_FLOAT, '#27': 'COMP', '#29': EVENT },
  'an amendment': { ...FIXED_FLOAT, '#26': 'MODI', '#28': 'True' },
  'a correction': { ...without(FIXED_FLOAT, '#27'), '#26': 'CORR' },
  'an error': { ...without(FIXED_FLOAT, '#27'), '#26': 'EROR' },
  'a revival': { ...without(FIXED_FLOAT, '#27'), '#26': 'REVI' },
  'a port out': { ...FIXED_FLOAT, '#26': 'PRTO', '#27': 'PTNG', '#105': OTHER_LEI },
  'a swap with a natural person': { ...FIXED_FLOAT, '#14': 'CLIENT7', '#15': 'PLID', ...swapped('CLIENT7') },
  'a swap with its USI': { ...without(FIXED_FLOAT, '#103'), '#102': '1030000001ABCDEF' },
  ...DAILY_RECORDS,
};

function swapped(other: string): RealisticRecord {
  return { '#21Leg1': other, '#20Leg2': other };
}

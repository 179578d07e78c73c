/** Valuations and margins as a reporting desk writes them at the end of a day; see realistic-records.ts. */
import { LEI, OTHER_LEI } from './good-record.ts';

/** Values by column: `#number`, with the leg behind it and the stream before it. */
export type RealisticRecord = Readonly<Record<string, string>>;

export const UPI = 'QZ8C74WSCNR8';
export const UTI = `${LEI}T00000001`;
export const PARTIES = {
  '#13': LEI,
  '#14': OTHER_LEI,
  '#15': 'LEID',
  '#22': LEI,
};
const VALUATION = {
  ...PARTIES,
  '#26': 'VALU',
  '#87': UPI,
  assetClass: 'IR',
  '#97': '2026-11-20T22:00:00Z',
  '#103': UTI,
  '#110': '-12345.67',
  '#111': 'USD',
  '#112': 'MTMO',
  '#113': '2026-11-20',
  '#116': 'IM001',
  '#124': 'VM001',
};

const initial = (from: 'posted' | 'collected'): RealisticRecord =>
  from === 'posted'
    ? { '#118': '100', '#119': '110', '#120': 'USD' }
    : { '#121': '100', '#122': '110', '#123': 'USD' };
const variation = (from: 'posted' | 'collected'): RealisticRecord =>
  from === 'posted' ? { '#125': '50', '#126': 'USD' } : { '#127': '0', '#128': 'USD' };
const margin = (category: string, ...parts: RealisticRecord[]): RealisticRecord =>
  Object.assign(
    {
      ...PARTIES,
      '#26': 'MARU',
      '#30': '2026-11-20T00:00:00Z',
      '#97': '2026-11-20T22:00:00Z',
      '#114': 'False',
      '#115': category,
      '#116': 'IM001',
      '#117': 'False',
      '#124': 'VM001',
    },
    ...parts,
  ) as RealisticRecord;
const BOTH_VARIATION = [variation('posted'), variation('collected')];

export const DAILY_RECORDS: Readonly<Record<string, RealisticRecord>> = {
  'a valuation': { ...VALUATION, 'UPI.instrumentType': 'Swap' },
  'a valuation of an option': { ...VALUATION, 'UPI.instrumentType': 'Option', '#109': '0.45' },
  'a valuation with fixings': {
    ...VALUATION,
    'UPI.instrumentType': 'Swap',
    '#106Leg2': '2027-02-24',
    '#107Leg2': '0.0431',
    '#108Leg2': '2026-11-24',
  },
  'a valuation by the clearing house': { ...VALUATION, 'UPI.instrumentType': 'Swap', '#112': 'CCPV' },
  'margin UNCL': margin('UNCL'),
  'margin PRC1': margin('PRC1', variation('posted')),
  'margin PRC2': margin('PRC2', variation('collected')),
  'margin PRCL': margin('PRCL', ...BOTH_VARIATION),
  'margin OWC1': margin('OWC1', initial('posted'), variation('posted')),
  'margin OWC2': margin('OWC2', initial('collected'), variation('collected')),
  'margin OWP1': margin('OWP1', initial('posted'), ...BOTH_VARIATION),
  'margin OWP2': margin('OWP2', initial('collected'), ...BOTH_VARIATION),
  'margin FLCL': margin('FLCL', initial('posted'), initial('collected'), ...BOTH_VARIATION),
  'margin of one swap': {
    ...margin('UNCL'),
    '#116': 'TRANSACTIONLEVEL',
    '#124': 'NOTAPPLICABLE',
    '#103': UTI,
  },
};

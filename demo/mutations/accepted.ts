/** What is accepted although it looks odd: with a warning, or without a word. */
import { encodeUtf8 } from '../../domain/csv/decode.ts';
import { AT } from '../columns.ts';
import { CLEARING_MEMBERS, OUR_ENTITY } from '../parties.ts';
import { allowed, breaks, type CellMutation } from './mutation.ts';
import { PAYMENTS, SCHEDULE } from './records.ts';

const LEI = OUR_ENTITY.lei;

/** Mutations that a warning names. */
export const WARNING_MUTATIONS: readonly CellMutation[] = [
  breaks('format.uti-case', 'uniqueTransactionIdentifierUti', (before) => {
    return before === '' ? `${LEI}abc` : `${before.slice(0, 20)}${before.slice(20, 51).toLowerCase()}x`;
  }),
  breaks('format.uti-case', 'priorUti', `${LEI.toLowerCase()}PRIOR1`, `${LEI}Prior1`),
  breaks('format.upi-shape', 'uniqueProductIdentifier', 'COALSWAP01', 'IRSWAPUSD001'),
  breaks('code.currency-withdrawn', 'notionalCurrencyLeg1', 'DEM', 'BGN', 'HRK', 'FRF'),
  breaks('code.currency-withdrawn', 'settlementCurrencyLeg1', 'ANG', 'SLL'),
  breaks('code.currency-withdrawn', 'exchangeRateBasis', 'USD/ZWL', 'HRK/USD'),
];

/** Everything in double quotes, whether it needs them or not. */
const QUOTED: CellMutation = {
  name: 'every value in quotes',
  // It must be applied alone: it rewrites all cells.
  slots: [],
  issues: [],
  apply: (cells) => {
    for (let at = 0; at < cells.length; at += 1) {
      if (at !== AT.remark && !cells[at]!.startsWith('"')) cells[at] = `"${cells[at]}"`;
    }
  },
};

/** Variations without any issue. */
export const LEGAL_MUTATIONS: readonly CellMutation[] = [
  QUOTED,
  allowed(
    'more decimals than the format has',
    { fixedRateLeg1: '0.03512345678912' },
    { fixedRateLeg1: '0.9999999999999' },
  ),
  allowed(
    'an amount that is rounded',
    { notionalAmountLeg1: '1000000.123456789' },
    { notionalAmountLeg1: '0.000001' },
  ),
  allowed('zeros that mean nothing', { notionalAmountLeg1: '0000000000000000000000000001000.000000000' }),
  allowed('the longest amount', { notionalAmountLeg1: '12345678901234567890.12345' }),
  allowed('no zero below zero', { otherPaymentAmount: '-0.00' }, { otherPaymentAmount: '-0.000001' }),
  allowed('a fraction that rounds to one', { indexFactor: '1.00000000004' }),
  allowed('notional not available', { notionalAmountLeg1: '99999999999999999999.99999' }),
  allowed(
    'package price not available',
    { packageTransactionPrice: '99999.9999999999999', packageTransactionPriceNotation: '1' },
    { packageTransactionPrice: '9.9999999999', packageTransactionPriceNotation: '3' },
  ),
  allowed('package unknown', { packageIdentifier: 'UNKNOWN' }),
  allowed('original swap not available', {
    originalSwapUti: 'NOTAVAILABLE',
    originalSwapSdrIdentifier: 'NOTAVAILABLE',
  }),
  allowed('booleans in any of three cases', { packageIndicator: 'TRUE' }, { packageIndicator: 'true' }),
  allowed('a party without an LEI', {
    counterparty2: 'PRIVATEPERSON1',
    counterparty2IdentifierSource: 'PLID',
  }),
  allowed('two payments', PAYMENTS),
  allowed('a schedule', SCHEDULE),
  allowed('two exemptions', { clearingExceptionsCounterparty1: 'ENDU;AFFL' }),
  allowed('clearing member by LEI', { clearingMember: CLEARING_MEMBERS[0]!.lei }),
  allowed('the longest UTI', { priorUti: LEI + 'Z9'.repeat(16) }, { priorUti: `${LEI}1` }),
];

/**
 * Remarks of the desk as they stand in the file. No element is bound to the column, so that anything goes that is CSV.
 */
export const REMARKS: readonly string[] = [
  'booked by phone',
  '"Smith, Jones and partners"',
  '"said ""done"", twice"',
  '""""',
  '""',
  'confirmed; signed; sent',
  ' blanks around ',
  "it's fine",
  encodeUtf8('Rückfrage Zürich'),
  encodeUtf8('"東京, 大阪"'),
  encodeUtf8('"größer als ""üblich"" – 🙂"'),
];

/** What is accepted although it looks odd: with a warning, or without a word. */
import { encodeUtf8 } from '../../domain/csv/decode.ts';
import { AT, setCells } from '../columns.ts';
import { PARTY_SLOTS, replaceParty } from '../events.ts';
import { CLEARING_MEMBERS, OUR_ENTITY } from '../parties.ts';
import { allowed, breaks, inside, only, type CellMutation } from './mutation.ts';
import { PAYMENTS, SCHEDULE } from './records.ts';
import { both, has, isAnyFxOption, isInFull, isNot, isOne, isSuccessor, ofClass } from './where.ts';

const LEI = OUR_ENTITY.lei;

/** In the option of currencies the notional is also the call or the put amount, and must equal it. */
const notFxOption = (mutation: CellMutation): CellMutation => only(isNot(isAnyFxOption), mutation);

/** Mutations that a warning names. */
export const WARNING_MUTATIONS: readonly CellMutation[] = [
  // Of a swap that nothing else of the day names: in other letters it is another one.
  only(
    isSuccessor,
    breaks('format.uti-case', 'uniqueTransactionIdentifierUti', (before) => {
      return before === '' ? `${LEI}abc` : `${before.slice(0, 20)}${before.slice(20, 51).toLowerCase()}x`;
    }),
  ),
  breaks('format.uti-case', 'priorUti', `${LEI.toLowerCase()}PRIOR1`, `${LEI}Prior1`),
  {
    name: 'format.usi-namespace beside a UTI',
    where: isSuccessor,
    slots: ['uniqueSwapIdentifierUsi'],
    issues: [{ ruleId: 'format.usi-namespace', element: '102' }],
    apply: (cells) => {
      cells[AT.uniqueSwapIdentifierUsi] = '1031234567';
    },
  },
  inside(ofClass('CO'), breaks('format.upi-shape', 'uniqueProductIdentifier', 'COALSWAP01')),
];

/** Everything in double quotes, whether it needs them or not. */
const QUOTED: CellMutation = {
  name: 'every value in quotes',
  // It must be applied alone: it rewrites all cells.
  slots: [],
  where: () => true,
  issues: [],
  apply: (cells) => {
    for (let at = 0; at < cells.length; at += 1) {
      if (at !== AT.remark && !cells[at]!.startsWith('"')) cells[at] = `"${cells[at]}"`;
    }
  },
};

const PRIVATE_PERSON = 'PRIVATEPERSON1';

/** The other side, in all its roles, is known by an identifier of a privacy law. */
const WITHOUT_LEI: CellMutation = {
  name: 'a party without an LEI',
  where: isSuccessor,
  slots: ['counterparty2', 'counterparty2IdentifierSource', ...PARTY_SLOTS],
  issues: [],
  apply: (cells) => {
    replaceParty(cells, cells[AT.counterparty2]!, PRIVATE_PERSON);
    setCells(cells, { counterparty2: PRIVATE_PERSON, counterparty2IdentifierSource: 'PLID' });
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
  notFxOption(
    allowed(
      'an amount that is rounded',
      { notionalAmountLeg1: '1000000.123456789' },
      { notionalAmountLeg1: '0.000001' },
    ),
  ),
  notFxOption(
    allowed('zeros that mean nothing', { notionalAmountLeg1: '0000000000000000000000000001000.000000000' }),
  ),
  notFxOption(allowed('the longest amount', { notionalAmountLeg1: '12345678901234567890.12345' })),
  only(
    isOne('otherPaymentAmount'),
    allowed('no zero below zero', { otherPaymentAmount: '-0.00' }, { otherPaymentAmount: '-0.000001' }),
  ),
  allowed('a fraction that rounds to one', { indexFactor: '1.00000000004' }),
  notFxOption(allowed('notional not available', { notionalAmountLeg1: '99999999999999999999.99999' })),
  only(
    has('packageTransactionPriceNotation', '1'),
    allowed('package price not available', { packageTransactionPrice: '99999.9999999999999' }),
  ),
  only(
    has('packageTransactionPriceNotation', '3'),
    allowed('package price not available, as a decimal', { packageTransactionPrice: '9.9999999999' }),
  ),
  only(
    has('packageTransactionSpreadNotation', '4'),
    allowed('package spread not available', { packageTransactionSpread: '99999' }),
  ),
  allowed('package unknown', { packageIdentifier: 'UNKNOWN' }),
  allowed('original swap not available', {
    originalSwapUti: 'NOTAVAILABLE',
    originalSwapSdrIdentifier: 'NOTAVAILABLE',
  }),
  only(
    has('packageIndicator', 'False'),
    allowed('a boolean in any of three cases', { packageIndicator: 'FALSE' }, { packageIndicator: 'false' }),
  ),
  only(has('packageIndicator', 'True'), allowed('a package in capitals', { packageIndicator: 'TRUE' })),
  WITHOUT_LEI,
  inside(isInFull, allowed('two payments', PAYMENTS)),
  inside(ofClass('CR', 'EQ', 'FX', 'CO'), allowed('a schedule', SCHEDULE)),
  inside(
    both(isInFull, has('cleared', 'N')),
    allowed('two exemptions', { clearingExceptionsCounterparty1: 'ENDU;AFFL' }),
  ),
  inside(isInFull, allowed('an option inside the swap', { embeddedOptionType: 'CANC' })),
  allowed('clearing member by LEI', { clearingMember: CLEARING_MEMBERS[0]!.lei }),
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

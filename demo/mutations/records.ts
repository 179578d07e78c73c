/** Records whose values do not go together, and lists with something wrong inside. */
import type { Slot } from '../columns.ts';
import { COUNTERPARTIES, OUR_ENTITY } from '../parties.ts';
import { breaks, breaksAmong, inTransactions, type CellMutation } from './mutation.ts';

const OURS = OUR_ENTITY.lei;
const THEIRS = COUNTERPARTIES[1]!.lei;

/** Two payments, each list as long as the others. */
const PAYMENTS = {
  otherPaymentType: 'UFRO;PEXH',
  otherPaymentAmount: '1000.00;2000.00',
  otherPaymentCurrency: 'USD;USD',
  otherPaymentDate: '2026-11-23;2026-12-23',
  otherPaymentPayer: `${OURS};${THEIRS}`,
  otherPaymentReceiver: `${THEIRS};${OURS}`,
} as const;

const SCHEDULE = {
  notionalScheduleAmountLeg1: '3000000;2000000;1000000',
  notionalScheduleEffectiveDateLeg1: '2026-11-20;2027-11-20;2028-11-20',
  notionalScheduleEndDateLeg1: '2027-11-20;2028-11-20;2029-11-20',
} as const;

/** The mutation in records where nothing else spoils the other cell. */
const alongside = (slot: Slot, mutation: CellMutation): CellMutation => ({
  ...mutation,
  slots: [...mutation.slots, slot],
});

const LISTS: readonly CellMutation[] = [
  breaksAmong('record.set-count', 'otherPaymentAmount', { ...PAYMENTS, otherPaymentAmount: '1000.00' }),
  breaksAmong('record.set-count', 'otherPaymentReceiver', { ...PAYMENTS, otherPaymentReceiver: THEIRS }),
  // The first list of a set gives the number, and only the first that differs is named.
  breaksAmong('record.set-count', 'otherPaymentAmount', { ...PAYMENTS, otherPaymentType: 'UFRO' }),
  breaksAmong('record.set-count', 'notionalScheduleEndDateLeg1', {
    ...SCHEDULE,
    notionalScheduleEndDateLeg1: '2027-11-20;2028-11-20',
  }),
  breaksAmong('format.date', 'notionalScheduleEffectiveDateLeg1', {
    ...SCHEDULE,
    notionalScheduleEffectiveDateLeg1: '2026-11-20;2027-02-29;2028-11-20',
  }),
  breaksAmong('format.range', 'otherPaymentAmount', { ...PAYMENTS, otherPaymentAmount: '1000.00;-2000.00' }),
  breaksAmong('format.empty', 'otherPaymentDate', { ...PAYMENTS, otherPaymentDate: '2026-11-23;' }),
  breaks('format.empty', 'clearingExceptionsCounterparty1', 'ENDU;;AFFL', ';ENDU'),
];

export const RECORD_MUTATIONS: readonly CellMutation[] = [
  ...LISTS.map(inTransactions),
  breaks('format.empty', 'jurisdiction', 'CFTC;', ';CFTC'),
  // The action says the same, where it is one.
  alongside(
    'actionType',
    breaks('record.message-type', 'messageType', 'trade', 'Transaction', 'transaction '),
  ),
  breaks('record.asset-class', 'assetClass', 'IRS', 'ir', 'Rates', 'FX '),
];

export { PAYMENTS, SCHEDULE };

/** Swaps of which it is not said what they are: rules that ask for it cannot be applied, and that is said. */
import { AT, type Slot } from '../columns.ts';
import type { CellMutation } from './mutation.ts';
import { both, has, isInFull, isNot, isValuation, ofClass, type Where } from './where.ts';

const without = (slot: Slot, where: Where): CellMutation => ({
  name: `without ${slot}`,
  where: both(where, has(slot)),
  slots: [slot],
  issues: [{ ruleId: 'record.undetermined', element: null }],
  apply: (cells) => {
    cells[AT[slot]] = '';
  },
});

export const UNDETERMINED: readonly CellMutation[] = [
  without('assetClass', isInFull),
  without('upi.instrumentType', both(isInFull, has('upi.instrumentType', 'Swap'))),
  without('upi.notionalSchedule', both(ofClass('IR'), isNot(has('notionalScheduleAmountLeg1')))),
  without('upi.deliveryType', both(isInFull, isNot(has('settlementCurrencyLeg1')))),
  without('upi.underlierType', both(ofClass('CR'), isNot(has('cdsIndexAttachmentPoint')))),
  without('upi.instrumentType', both(isValuation, isNot(has('delta')))),
];

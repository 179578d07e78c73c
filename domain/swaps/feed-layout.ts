/**
 * The columns of a feed message: every slot that a submission file can have, named by its key. With it a message is
 * judged as the record of a file that has all columns.
 */
import { ELEMENT_SLOTS, SUBMISSION_SLOTS, type Slot } from './column-slots.ts';
import type { Column, Layout } from './header.ts';

/** The return column that a corrected message may carry: which rejected record it corrects. */
const CORRECTION: Slot = { slot: 'tainRecord', element: null, leg: null };

/** As a file's header binds a name: what is the format's own goes before an element. */
const BY_KEY: ReadonlyMap<string, Slot> = new Map(
  [...ELEMENT_SLOTS.values(), ...SUBMISSION_SLOTS.values(), CORRECTION].map((slot) => [slot.slot, slot]),
);

export const FEED_LAYOUT: Layout = {
  format: 'submission',
  era: null,
  columns: [...BY_KEY.values()].map(({ slot, element, leg }, index): Column => ({
    index,
    name: slot,
    slot,
    element,
    leg,
  })),
  unknownColumns: [],
};

/** The column of a key, exactly as it is written. */
export const feedColumnByKey: ReadonlyMap<string, Column> = new Map(
  FEED_LAYOUT.columns.map((column) => [column.name, column]),
);

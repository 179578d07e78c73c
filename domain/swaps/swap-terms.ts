/** The terms of a swap: what NEWT, MODI and CORR state in full, so that a blank means that a term does not hold. */
import { isCalendarDate } from '../cftc/dates.ts';
import type { Element } from '../cftc/elements.ts';
import type { Leg } from './column-slots.ts';
import {
  canonicalForms,
  elementBySlot,
  everyValue,
  selectCanonical,
  singleValue,
  type RecordValues,
} from './record-content.ts';

/** Values in their canonical form, by slot. */
export type Terms = RecordValues;

export const NO_TERMS: Terms = {};

// What a transaction message carries beside the terms: the event, who sent it and when, the swaps and the clearing that
// it is linked to, the identity of the swap, its portfolios.
const NOT_TERMS = new Set(
  '5 6 7 8 9 10 22 26 27 28 29 30 97 100 101 102 103 105 116 124 D1 D2 D3 D4 D5'.split(' '),
);

/** An end to a swap has its own price: the payments on such a message are no terms of the swap. */
const CLOSING_PAYMENT = 'otherPayment';

const isTerm = (element: Element): boolean =>
  !NOT_TERMS.has(element.number) &&
  element.group !== 'Valuation' &&
  element.group !== 'Collateral and margins';

const TERM_FORMS = canonicalForms(isTerm);

/** Is the slot one of a term? */
export const isTermSlot = (slot: string): boolean => TERM_FORMS.has(slot);

/** The terms that a record states. */
export const termsOf = (values: RecordValues): Terms => selectCanonical(values, TERM_FORMS);

export type TermChange = {
  readonly slot: string;
  readonly element: Element;
  /** Lists are joined as files write them; blank when the term did not hold. */
  readonly was: string;
  readonly now: string;
};

/** Every term in which two statements of a swap differ, in the order of the slots' names. */
export function changesBetween(before: Terms, after: Terms): TermChange[] {
  const slots = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...slots].sort().flatMap((slot) => {
    const was = writeValue(before[slot]);
    const now = writeValue(after[slot]);
    return was === now ? [] : [{ slot, element: elementBySlot.get(slot)!, was, now }];
  });
}

/**
 * Terms that hold, and that a message which must not change them states otherwise. Blanks say nothing there, and neither
 * do the values that stand for "not available".
 */
export function contradictions(terms: Terms, stated: Terms): TermChange[] {
  return changesBetween(terms, stated).filter(
    ({ was, now, element }) =>
      element.set !== CLOSING_PAYMENT &&
      [was, now].every((value) => value !== '' && !element.placeholders.includes(value)),
  );
}

const writeValue = (value: string | readonly string[] | undefined): string =>
  value === undefined ? '' : typeof value === 'string' ? value : value.join(';');

/** #95; null when it is blank or no date. */
export function expirationOf(terms: Terms): string | null {
  const date = singleValue(terms, 'expirationDate');
  return date !== null && isCalendarDate(date) ? date : null;
}

/**
 * The notional amount of a leg on a date: the amount of the schedule's last period that has begun and not ended, else
 * #31. Source: #33 to #35 of the technical specification v3.2; that a period ends with its end date, so that the next one
 * may begin on that day, is our reading.
 * @param date YYYY-MM-DD
 * @returns a decimal, null when none is reported
 */
export function notionalOn(terms: Terms, leg: Leg, date: string): string | null {
  const ofSchedule = (name: string): readonly string[] =>
    everyValue(terms, `notionalAmountSchedule${name}Leg${leg}`);
  const amounts = ofSchedule('NotionalAmountInEffectOnAssociatedEffectiveDate');
  const starts = ofSchedule('UnadjustedEffectiveDateOfTheNotionalAmount');
  const ends = ofSchedule('UnadjustedEndDateOfTheNotionalAmount');
  let inForce = -1;
  for (let at = 0; at < amounts.length; at += 1) {
    const start = starts[at];
    const end = ends[at];
    if (start === undefined || !isCalendarDate(start) || start > date) continue;
    if (end !== undefined && isCalendarDate(end) && end <= date) continue;
    if (inForce < 0 || start > starts[inForce]!) inForce = at;
  }
  return inForce < 0 ? singleValue(terms, `notionalAmountLeg${leg}`) : amounts[inForce]!;
}

/**
 * What a record says, apart from how it is written: its elements by slot, numbers in their shortest form. Two records
 * with the same content are the same message, whether they came in a file or on a feed.
 */
import { isDecimal, roundHalfUp } from '../cftc/decimal.ts';
import type { Element } from '../cftc/elements.ts';
import { ELEMENT_SLOTS } from './column-slots.ts';

/** Values that are not blank, by slot, as `readRecordValues` gives them. */
export type RecordValues = Readonly<Record<string, string | readonly string[]>>;

/** More decimals than any notation allows; the notation is an element of its own. */
const NOTATED_DECIMALS = 13;

/** A whole number in its shortest form: most of them are. */
const SHORT_INTEGER = /^[1-9]\d*$/;

/** Elements by the slots that they are kept in. */
export const elementBySlot: ReadonlyMap<string, Element> = new Map(
  [...ELEMENT_SLOTS.values()].flatMap(({ slot, element }) =>
    element === null ? [] : [[slot, element] as const],
  ),
);

/** The value of an element that does not repeat; null when it is blank. Of a list, which no such element has, the first. */
export function singleValue(values: RecordValues, slot: string): string | null {
  const value = Object.hasOwn(values, slot) ? values[slot] : undefined;
  return (typeof value === 'string' ? value : value?.[0]) || null;
}

/** The values of an element that repeats, none when it is blank. */
export function everyValue(values: RecordValues, slot: string): readonly string[] {
  const value = Object.hasOwn(values, slot) ? values[slot] : undefined;
  if (value === undefined || value === '') return [];
  return typeof value === 'string' ? [value] : value;
}

/** A boolean as the specification spells it, also where it is written "TRUE" or "true"; null for anything else. */
export function readBoolean(text: string): 'True' | 'False' | null {
  if (text === 'True' || text === 'False') return text;
  const lower = text.length > 5 ? '' : text.toLowerCase();
  return lower === 'true' ? 'True' : lower === 'false' ? 'False' : null;
}

/** The value of a boolean element; null when it is blank or no boolean. */
export function readFlag(values: RecordValues, slot: string): boolean | null {
  const value = singleValue(values, slot);
  const read = value === null ? null : readBoolean(value);
  return read === null ? null : read === 'True';
}

/**
 * The form in which values of an element are compared: a number rounded half-up to the decimals of its element and
 * without needless zeros, a boolean in its one spelling; null where values are compared as they are.
 * Source: CFTC technical specification v3.2, formats.
 */
export function canonicalForm({ format }: Element): ((text: string) => string) | null {
  if (format.kind === 'boolean') return (text) => readBoolean(text) ?? text;
  if (format.kind !== 'num' && format.kind !== 'notated') return null;
  const decimals = format.kind === 'num' ? format.decimals : NOTATED_DECIMALS;
  return (text) => {
    if (SHORT_INTEGER.test(text)) return text;
    return isDecimal(text) ? roundHalfUp(text, decimals) : text;
  };
}

/** The canonical forms of some elements by slot, null where values are compared as they are. */
export function canonicalForms(
  isWanted: (element: Element) => boolean,
): ReadonlyMap<string, ReturnType<typeof canonicalForm>> {
  return new Map(
    [...elementBySlot].flatMap(([slot, element]) =>
      isWanted(element) ? [[slot, canonicalForm(element)] as const] : [],
    ),
  );
}

/** The values of a record in the slots of `forms`, in canonical form. */
export function selectCanonical(
  values: RecordValues,
  forms: ReturnType<typeof canonicalForms>,
): RecordValues {
  const selected: Record<string, string | readonly string[]> = {};
  for (const slot of Object.keys(values)) {
    const form = forms.get(slot);
    if (form === undefined) continue;
    const value = values[slot]!;
    selected[slot] = form === null ? value : typeof value === 'string' ? form(value) : value.map(form);
  }
  return selected;
}

/**
 * Records as text, in the form in which the ledger keeps and compares them: a JSON object of the elements by number, in
 * one order and with canonical values, so that equal content is equal text. The names of the slots would be most of it.
 */
import { ELEMENT_SLOTS, streamOf, type Slot } from './column-slots.ts';
import { canonicalForm, elementBySlot, type RecordValues } from './record-content.ts';

type Value = string | readonly string[];

type Code = {
  /** "#31.1" for the notional amount of leg 1, "#53fixed.2" for the day count of the fixed stream of leg 2. */
  readonly code: string;
  /** Place among all codes. */
  readonly rank: number;
  /** The code as the name of a JSON member. */
  readonly opening: string;
  readonly canonical: ((text: string) => string) | null;
};

const CODES: ReadonlyMap<string, Code> = makeCodes();
const SLOTS: ReadonlyMap<string, string> = new Map([...CODES].map(([slot, { code }]) => [code, slot]));

function makeCodes(): Map<string, Code> {
  const bySlot = new Map([...ELEMENT_SLOTS.values()].map((slot) => [codeOf(slot), slot.slot]));
  return new Map(
    [...bySlot.keys()].sort().map((code, rank) => {
      const slot = bySlot.get(code)!;
      const canonical = canonicalForm(elementBySlot.get(slot)!);
      return [slot, { code, rank, opening: `${JSON.stringify(code)}:`, canonical }];
    }),
  );
}

function codeOf({ slot, element, leg }: Slot): string {
  const stream = streamOf(slot, element!)?.replace('Rate', '') ?? '';
  return `#${element!.number}${stream}${leg === null ? '' : `.${leg}`}`;
}

/** What JSON, or a database, does not take as it is. */
const ODD = /["\\\p{Cc}\p{Cs}]/u;

const quote = (text: string): string => (ODD.test(text) ? JSON.stringify(text) : `"${text}"`);

function quoteValue(value: Value, canonical: Code['canonical']): string {
  if (typeof value === 'string') return quote(canonical === null ? value : canonical(value));
  return `[${value.map((text) => quote(canonical === null ? text : canonical(text))).join()}]`;
}

export type RecordText = {
  /** The elements alone: what a hash of the content is taken of. */
  readonly content: string;
  /** All that the record says. */
  readonly text: string;
};

/** Writes what a record says. Whatever the values are, the text is JSON without NUL or half a character in it. */
export function writeRecord(values: RecordValues): RecordText {
  const ranked: (string | undefined)[] = new Array<undefined>(CODES.size);
  const others: string[] = [];
  for (const slot of Object.keys(values)) {
    const code = CODES.get(slot);
    if (code === undefined) others.push(slot);
    else ranked[code.rank] = code.opening + quoteValue(values[slot]!, code.canonical);
  }
  const members: string[] = [];
  for (const member of ranked) if (member !== undefined) members.push(member);
  // Joined and not added up: a text that is made of many others is slow to send.
  const content = members.join();
  if (others.length === 0) return { content, text: `{${content}}` };
  const rest = others.sort().map((slot) => `${JSON.stringify(slot)}:${quoteValue(values[slot]!, null)}`);
  return { content, text: `{${(content === '' ? rest : [content, ...rest]).join()}}` };
}

/** The values of a record, by slot, from its text. */
export const readRecord = (text: string): RecordValues => fromCodes(readCoded(text));

/**
 * The values of a record by code, as they stand in its text: for who reads a whole day and names slots once. The object
 * is the caller's own.
 */
export const readCoded = (text: string): Record<string, Value> => JSON.parse(text) as Record<string, Value>;

/** The code of a slot in a text; what is no element stands there under its own name. */
export const codeOfSlot = (slot: string): string => CODES.get(slot)?.code ?? slot;

/** Values by slot, of values by code. */
export const fromCodes = (coded: Readonly<Record<string, Value>>): RecordValues =>
  Object.fromEntries(Object.entries(coded).map(([code, value]) => [SLOTS.get(code) ?? code, value]));

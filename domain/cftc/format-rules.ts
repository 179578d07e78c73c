/** Which rules the values of an element can break: what check-value.ts finds, told from the element alone. */
import type { Element, Format } from './element-format.ts';
import { ELEMENTS } from './elements.ts';
import type { RuleId } from './rules.ts';

const NUMBER: readonly RuleId[] = ['format.decimal', 'format.digits'];
const TEXT: readonly RuleId[] = ['format.alphanumeric', 'format.length'];
const LEI_REGISTER: readonly RuleId[] = ['format.lei-unknown', 'format.lei-lapsed'];
const LEI: readonly RuleId[] = ['format.lei', 'format.lei-check', ...LEI_REGISTER];
const CURRENCY: readonly RuleId[] = [
  'code.currency',
  'code.currency-withdrawn',
  'code.currency-cnh',
  'code.currency-expired',
  'code.spelling',
];

/** By format; bounds and lists add theirs below. */
const RULES_OF_FORMAT: Readonly<Record<Format['kind'], readonly RuleId[]>> = {
  num: NUMBER,
  notated: NUMBER,
  varchar: TEXT,
  text: [],
  code: ['code.unknown', 'code.spelling'],
  boolean: ['format.boolean'],
  country: ['code.country', 'code.spelling'],
  currency: CURRENCY,
  currencyPair: [...CURRENCY, 'format.currency-pair'],
  currencyOrPair: [...CURRENCY, 'format.currency-pair'],
  date: ['format.date'],
  timestamp: ['format.timestamp'],
  dateOrTimestamp: ['format.date-or-timestamp'],
  lei: LEI,
  party: [...TEXT, 'format.lei-check', ...LEI_REGISTER],
  uti: ['format.uti', 'format.uti-case', 'format.lei-prefix', 'format.alphanumeric'],
  usi: [...TEXT, 'format.usi-namespace'],
  eventIdentifier: ['format.event-identifier', 'format.lei-prefix', 'format.alphanumeric'],
  upi: ['format.upi', 'format.upi-check', 'format.upi-shape', 'format.upi-unknown'],
  mic: ['format.mic', 'format.mic-unknown'],
};

/** Ids of the rules that a value of the element can break, in the order of what is looked at first. */
export function formatRulesOf({ format, allowed, repeatable, set }: Element): readonly RuleId[] {
  const found = [...RULES_OF_FORMAT[format.kind]];
  const numbers =
    format.kind === 'num' ? [format] : format.kind === 'notated' ? Object.values(format.byNotation) : [];
  if (numbers.some(({ whole }) => whole)) found.push('format.integer');
  if (allowed?.kind === 'range') found.push('format.range');
  if (format.kind === 'text' && format.max !== null) found.push('format.length');
  if (repeatable) found.push('format.empty');
  if (set !== null) found.push('record.set-count');
  return found;
}

/** Numbers of the elements that can break a rule of formats. */
export const elementsOfFormatRule = (id: string): readonly string[] =>
  ELEMENTS.filter((element) => (formatRulesOf(element) as readonly string[]).includes(id)).map(
    ({ number }) => number,
  );

/**
 * Judges single values by the format and the allowed values of their element. This is the hot path of intake: what
 * can be looked up is looked up when a check is made, and a value that is right costs no garbage.
 */
import {
  checkEventIdentifier,
  checkLei,
  checkMic,
  checkParty,
  checkUpi,
  checkUsi,
  checkUti,
  createVarcharCheck,
} from './check-identifier.ts';
import { createNotatedCheck, createNumberCheck } from './check-number.ts';
import { COUNTRIES } from './countries.ts';
import { ACTIVE_CURRENCIES, wasInForce, WITHDRAWN_CURRENCIES } from './currencies.ts';
import { isCalendarDate, isTimestamp } from './dates.ts';
import { UNAVAILABLE, type Element, type Notation } from './element-format.ts';
import { finding, type Finding, type ValueCheck } from './findings.ts';

export type { Finding, ValueCheck } from './findings.ts';

/** How values are written: as submitters send them, or as repositories publish them. */
export type Dialect = 'submission' | 'public';

/** The ways in which a truth value is written. */
export const BOOLEANS: ReadonlySet<string> = new Set(['True', 'TRUE', 'true', 'False', 'FALSE', 'false']);

/**
 * Makes the check of an element's values. The check takes one value, so that the caller splits a repeatable cell at
 * ";" and leaves blank cells out; an empty value is an empty member of a list and is reported as such. In the public
 * dialect numbers may have thousands separators and, when capped, a plus at the end.
 * Source: CFTC technical specification v3.2, formats and allowable values of the elements.
 */
export function createValueCheck(element: Element, dialect: Dialect): ValueCheck {
  const check = createFormatCheck(element, dialect === 'public');
  const placeholders = new Set(element.placeholders);
  const { format } = element;
  // Each notation has a placeholder of its own; with none, or one that is wrong, any of them may stand.
  const ofNotation = new Map<string | undefined, string>(
    format.kind === 'notated'
      ? Object.keys(format.byNotation).map((one) => [one, UNAVAILABLE[one as Notation]])
      : [],
  );
  return (value, notation) => {
    const found = check(value, notation);
    if (found === null) return null;
    if (placeholders.has(value) && (ofNotation.get(notation) ?? value) === value) return null;
    return value === '' ? finding('format.empty') : found;
  };
}

function createFormatCheck(element: Element, published: boolean): ValueCheck {
  const { format, allowed } = element;
  const range = allowed?.kind === 'range' ? allowed.range : null;
  switch (format.kind) {
    case 'num':
      return createNumberCheck(format, range, published);
    case 'notated':
      return createNotatedCheck(format, range, published);
    case 'varchar':
      return createVarcharCheck(format.max);
    case 'text':
      return createTextCheck(format.max);
    case 'code':
      return createCodeCheck(allowed?.kind === 'codes' ? allowed.codes : []);
    case 'boolean':
      return checkBoolean;
    case 'country':
      return checkCountry;
    case 'currency':
      return checkCurrency;
    case 'currencyPair':
      return checkCurrencyPair;
    case 'currencyOrPair':
      return checkCurrencyOrPair;
    case 'date':
      return checkDate;
    case 'timestamp':
      return checkTimestamp;
    case 'dateOrTimestamp':
      return checkDateOrTimestamp;
    case 'lei':
      return checkLei;
    case 'party':
      return checkParty;
    case 'uti':
      return checkUti;
    case 'usi':
      return checkUsi;
    case 'eventIdentifier':
      return checkEventIdentifier;
    case 'upi':
      return checkUpi;
    case 'mic':
      return checkMic;
  }
}

const checkBoolean: ValueCheck = (value) => (BOOLEANS.has(value) ? null : finding('format.boolean'));

const checkDate: ValueCheck = (value) =>
  isCalendarDate(value) ? null : finding('format.date', { problem: calendarProblem(value, DATE_SHAPE) });

const checkTimestamp: ValueCheck = (value) =>
  isTimestamp(value)
    ? null
    : finding('format.timestamp', { problem: calendarProblem(value, TIMESTAMP_SHAPE) });

const checkDateOrTimestamp: ValueCheck = (value) => {
  if (isCalendarDate(value) || isTimestamp(value)) return null;
  const shape = value.length > 10 ? TIMESTAMP_SHAPE : DATE_SHAPE;
  return finding('format.date-or-timestamp', { problem: calendarProblem(value, shape) });
};

/**
 * Was a currency in force on the day of its swap? One that was withdrawn earlier is an error; of one that was
 * withdrawn later, or in that very month, nothing is said, and what is no currency is the other check's.
 * @param date a date or timestamp of the record
 */
export function checkCurrencyOn(currency: string, date: string): Finding | null {
  if (wasInForce(currency, date) !== false) return null;
  const withdrawn = WITHDRAWN_CURRENCIES.get(currency)!;
  return finding('code.currency-expired', { code: currency, withdrawn, date: date.slice(0, 10) });
}

const checkCurrency: ValueCheck = (value) => (ACTIVE_CURRENCIES.has(value) ? null : explainCurrency(value));

// The two halves are the only strings made for a value that is right; only exchange rates and FX strikes have them.
const checkCurrencyPair: ValueCheck = (value) => {
  if (value.length !== 7 || value[3] !== '/') return finding('format.currency-pair');
  const first = checkCurrency(value.slice(0, 3), undefined);
  if (first?.severity === 'error') return first;
  const second = checkCurrency(value.slice(4), undefined);
  return second?.severity === 'error' ? second : (first ?? second);
};

const checkCurrencyOrPair: ValueCheck = (value) =>
  value.includes('/') ? checkCurrencyPair(value, undefined) : checkCurrency(value, undefined);

const checkCountry: ValueCheck = (value) =>
  COUNTRIES.has(value) ? null : (misspelt(value, COUNTRIES) ?? finding('code.country'));

function createCodeCheck(codes: readonly string[]): ValueCheck {
  const known = new Set(codes);
  const params = { allowed: codes.join(', ') };
  return (value) => (known.has(value) ? null : (misspelt(value, known) ?? finding('code.unknown', params)));
}

function createTextCheck(max: number | null): ValueCheck {
  const limit = max ?? Infinity;
  return (value) => {
    if (value.length > 0 && value.length <= limit) return null;
    return finding('format.length', { max: limit, actual: value.length });
  };
}

const DATE_SHAPE = /^\d{4}-\d{2}-\d{2}$/;
const TIMESTAMP_SHAPE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** Is the value not written as it should be, or does the calendar not have it? */
const calendarProblem = (value: string, shape: RegExp): 'shape' | 'calendar' =>
  shape.test(value) ? 'calendar' : 'shape';

/** The finding for a value that is a known code but for its case or the blanks around it. */
function misspelt(value: string, known: ReadonlySet<string>): Finding | null {
  const expected = value.trim().toUpperCase();
  return known.has(expected) ? finding('code.spelling', { expected }) : null;
}

/** Of what stands where a currency should, in characters; as much as an issue keeps of a value. */
const MAX_SHOWN_CODE = 200;

function explainCurrency(code: string): Finding {
  if (code === 'CNH') return finding('code.currency-cnh');
  const withdrawn = WITHDRAWN_CURRENCIES.get(code);
  if (withdrawn !== undefined) return finding('code.currency-withdrawn', { code, withdrawn });
  return (
    misspelt(code, ACTIVE_CURRENCIES) ??
    finding('code.currency', { code: code.slice(0, MAX_SHOWN_CODE).toWellFormed() })
  );
}

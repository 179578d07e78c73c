/**
 * One record into its fields, RFC 4180: a field may be quoted, a quote inside quotes is doubled. Strict: a quote
 * anywhere else is a named problem, never a guess.
 */
const QUOTE = 34;
const COMMA = 44;
const CR = 13;

export type FieldProblem = {
  readonly ruleId: 'csv.unclosed-quote' | 'csv.stray-quote' | 'csv.stray-carriage-return';
  /** Number of the field in which the problem was met, counted from 1. */
  readonly field: number;
};

/** Splits the text of a record (no line break) at its commas. */
export function splitFields(text: string): string[] | FieldProblem {
  if (text.includes('\r')) {
    return { ruleId: 'csv.stray-carriage-return', field: countCommas(text, text.indexOf('\r')) + 1 };
  }
  return text.includes('"') ? splitQuoted(text) : text.split(',');
}

/**
 * The quick way for the many records without a quote: writes the fields into `cells`, which the caller uses again for
 * the next record, and makes a string for none that is blank.
 * @returns the number of fields, those beyond `cells` counted and not written; -1 when the text needs `splitFields`
 */
export function splitInto(cells: string[], text: string): number {
  const { length } = text;
  let count = 0;
  let start = 0;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > COMMA) continue;
    if (code === COMMA) {
      if (count < cells.length) cells[count] = index === start ? '' : text.slice(start, index);
      count += 1;
      start = index + 1;
    } else if (code === QUOTE || code === CR) return -1;
  }
  if (count < cells.length) cells[count] = start === length ? '' : text.slice(start);
  return count + 1;
}

/** Runs without a quote are split as a whole: most fields of a record have none. */
function splitQuoted(text: string): string[] | FieldProblem {
  const fields: string[] = [];
  let position = 0;
  for (;;) {
    const open = text.indexOf('"', position);
    const run = text.slice(position, open < 0 ? text.length : open).split(',');
    const beforeQuote = open < 0 ? '' : run.pop();
    for (const value of run) fields.push(value);
    if (open < 0) return fields;
    if (beforeQuote !== '') return { ruleId: 'csv.stray-quote', field: fields.length + 1 };

    const close = findClosingQuote(text, open + 1);
    if (close < 0) return { ruleId: 'csv.unclosed-quote', field: fields.length + 1 };
    position = close + 1;
    if (position < text.length && text.charCodeAt(position) !== COMMA) {
      return { ruleId: 'csv.stray-quote', field: fields.length + 1 };
    }
    const value = text.slice(open + 1, close);
    fields.push(value.includes('"') ? value.replaceAll('""', '"') : value);
    if (position === text.length) return fields;
    position += 1;
  }
}

/** Index of the quote that closes the field whose content starts at `from`, or -1. */
function findClosingQuote(text: string, from: number): number {
  let position = from;
  for (;;) {
    const quote = text.indexOf('"', position);
    if (quote < 0) return -1;
    if (text.charCodeAt(quote + 1) !== QUOTE) return quote;
    position = quote + 2;
  }
}

function countCommas(text: string, end: number): number {
  let commas = 0;
  for (let index = 0; index < end; index += 1) if (text.charCodeAt(index) === COMMA) commas += 1;
  return commas;
}

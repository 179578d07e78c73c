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

/** The fields of one record after the other, in the same arrays: most records have many blank fields and no quote. */
export class RecordCells {
  /** The values, blank ones as ''. */
  readonly values: string[];
  /** Positions of the values that are not blank, ascending; valid up to `filledCount`. */
  readonly filled: Int32Array;
  filledCount = 0;

  /** @param size number of fields that a record has */
  constructor(size: number) {
    this.values = new Array<string>(size).fill('');
    this.filled = new Int32Array(size);
  }

  /**
   * The quick way: reads a text without quotes.
   * @returns whether it could be read and has the right number of fields; if not, `splitFields` knows why
   */
  read(text: string): boolean {
    this.#clear();
    const { values, filled } = this;
    const { length } = text;
    let field = 0;
    let start = 0;
    let count = 0;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > COMMA) continue;
      if (code === COMMA) {
        if (index > start && field < values.length) {
          values[field] = text.slice(start, index);
          filled[count] = field;
          count += 1;
        }
        field += 1;
        start = index + 1;
      } else if (code === QUOTE || code === CR) {
        this.filledCount = count;
        return false;
      }
    }
    if (start < length && field < values.length) {
      values[field] = text.slice(start);
      filled[count] = field;
      count += 1;
    }
    this.filledCount = count;
    return field + 1 === values.length;
  }

  /** Takes fields that were split already, as many as a record has. */
  take(fields: readonly string[]): void {
    this.#clear();
    for (const [field, value] of fields.entries()) {
      if (value === '') continue;
      this.values[field] = value;
      this.filled[this.filledCount] = field;
      this.filledCount += 1;
    }
  }

  #clear(): void {
    for (let at = 0; at < this.filledCount; at += 1) this.values[this.filled[at]!] = '';
    this.filledCount = 0;
  }
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

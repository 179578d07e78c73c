/**
 * Remembers what was worked out for records of one pattern: alike in the cells of a few columns, and with values in the
 * same places. Made for a lookup per record: it joins no strings, and what it keeps is bounded.
 */
import { detachText } from './detach-text.ts';

const MAX_PATTERNS = 16_384;
/** As many products as a day may have. */
const MAX_CODES = 4096;
const MAX_CODE_LENGTH = 64;

type Entry<T> = { readonly key: Int32Array; readonly result: T };

export class RecordPatterns<T> {
  readonly #columns: readonly number[];
  readonly #codes: readonly Map<string, number>[];
  readonly #entries = new Map<number, Entry<T>[]>();
  readonly #key: Int32Array;
  #size = 0;

  /**
   * @param columns positions of the cells that tell records apart
   * @param words how many words of bits say where a record has values
   */
  constructor(columns: readonly number[], words: number) {
    this.#columns = columns;
    this.#codes = columns.map(() => new Map());
    this.#key = new Int32Array(columns.length + words);
  }

  /**
   * What was kept for the record's pattern.
   * @returns undefined when it is to be worked out, null when the pattern cannot be kept
   */
  find(values: readonly string[], present: Int32Array): T | null | undefined {
    const key = this.#key;
    const { length } = this.#columns;
    let hash = 0;
    for (let at = 0; at < length; at += 1) {
      const code = this.#codeOf(at, values[this.#columns[at]!]!);
      if (code < 0) return null;
      key[at] = code;
      hash = (Math.imul(hash, 31) + code) | 0;
    }
    for (let word = 0; word < present.length; word += 1) {
      key[length + word] = present[word]!;
      hash = (Math.imul(hash, 31) + present[word]!) | 0;
    }
    const entries = this.#entries.get(hash);
    if (entries !== undefined) for (const one of entries) if (isSame(one.key, key)) return one.result;
    return undefined;
  }

  /** Keeps a result for the pattern that was looked for last. */
  keep(result: T): void {
    if (this.#size >= MAX_PATTERNS) {
      this.#entries.clear();
      this.#size = 0;
    }
    const key = this.#key.slice();
    const hash = key.reduce((sum, one) => (Math.imul(sum, 31) + one) | 0, 0);
    const entries = this.#entries.get(hash);
    if (entries) entries.push({ key, result });
    else this.#entries.set(hash, [{ key, result }]);
    this.#size += 1;
  }

  /** A number for a value of a column; -1 when it has too many. */
  #codeOf(at: number, value: string): number {
    const codes = this.#codes[at]!;
    const known = codes.get(value);
    if (known !== undefined) return known;
    if (codes.size >= MAX_CODES || value.length > MAX_CODE_LENGTH) return -1;
    codes.set(detachText(value), codes.size);
    return codes.size - 1;
  }
}

function isSame(left: Int32Array, right: Int32Array): boolean {
  for (let at = 0; at < left.length; at += 1) if (left[at] !== right[at]) return false;
  return true;
}

/**
 * Remembers what was worked out for records that are alike in a few columns. Made for a lookup per record: it joins no
 * strings, and what it keeps is bounded.
 */
const MAX_ENTRIES = 20_000;

type Entry<T> = { readonly cells: readonly string[]; readonly result: T };

export class KindCache<T> {
  readonly #columns: readonly number[];
  readonly #make: (values: readonly string[]) => T;
  readonly #entries = new Map<number, Entry<T>[]>();
  #size = 0;

  /**
   * @param columns positions of the cells that tell records apart
   * @param make works the result out; it may look at no other cells
   */
  constructor(columns: readonly number[], make: (values: readonly string[]) => T) {
    this.#columns = columns;
    this.#make = make;
  }

  of(values: readonly string[]): T {
    const hash = this.#hash(values);
    const entries = this.#entries.get(hash);
    if (entries !== undefined) for (const one of entries) if (this.#isAlike(one, values)) return one.result;
    if (this.#size >= MAX_ENTRIES) {
      this.#entries.clear();
      this.#size = 0;
    }
    const entry = { cells: this.#columns.map((column) => values[column]!), result: this.#make(values) };
    const known = this.#entries.get(hash);
    if (known) known.push(entry);
    else this.#entries.set(hash, [entry]);
    this.#size += 1;
    return entry.result;
  }

  #isAlike({ cells }: Entry<T>, values: readonly string[]): boolean {
    const columns = this.#columns;
    for (let at = 0; at < columns.length; at += 1) if (cells[at] !== values[columns[at]!]) return false;
    return true;
  }

  #hash(values: readonly string[]): number {
    let hash = 0;
    for (const column of this.#columns) {
      const cell = values[column]!;
      // Codes and product identifiers are short; what is longer is malformed and rare.
      const length = Math.min(cell.length, 16);
      for (let at = 0; at < length; at += 1) hash = (Math.imul(hash, 31) + cell.charCodeAt(at)) | 0;
      hash = (Math.imul(hash, 31) + 7) | 0;
    }
    return hash;
  }
}

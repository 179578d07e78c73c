/**
 * Rows in the binary format of COPY: nothing to escape for us, nothing to parse for the server, and the bytes of a
 * record go through as they are. Source: PostgreSQL documentation, COPY, "Binary Format".
 */

/** "PGCOPY", a signature that shows damage by transfer, no flags, no extension. */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);
const NULL_LENGTH = -1;
const JSONB_VERSION = 1;
const DAYS_TO_2000 = Date.UTC(2000, 0, 1) / 86_400_000;
/** Strings up to here, in characters, are written faster one by one than by a call of the runtime. */
const SHORT = 32;
const START_BYTES = 512 * 1024;

/** What COPY expects before the first row of a transaction and behind the last. */
export const COPY_START: Buffer = HEADER;
export const COPY_END: Buffer = TRAILER;

/** Days since 2000-01-01, as Postgres counts them. @param date "2026-11-21" */
export const daysOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000 - DAYS_TO_2000;

/** Collects rows; strings have one character per byte. */
export class CopyEncoder {
  #buffer: Buffer<ArrayBuffer> = Buffer.allocUnsafe(START_BYTES);
  #length = 0;

  /** Begins a row of `fields` fields; each of them is added by one of the calls below, in the order of the columns. */
  beginRow(fields: number): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeInt16BE(fields, this.#length);
  }

  addNull(): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeInt32BE(NULL_LENGTH, this.#length);
  }

  /** Types integer and date. */
  addInt(value: number): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeInt32BE(4, this.#length);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
  }

  /** Type bigint; whole numbers up to 2^53. */
  addBigint(value: number): void {
    this.#reserve(12);
    this.#length = this.#buffer.writeInt32BE(8, this.#length);
    this.#length = this.#buffer.writeInt32BE(Math.floor(value / 2 ** 32), this.#length);
    this.#length = this.#buffer.writeUInt32BE(value >>> 0, this.#length);
  }

  /** Types text and bytea. */
  addBytes(binary: string): void {
    this.#reserve(4 + binary.length);
    this.#length = this.#buffer.writeInt32BE(binary.length, this.#length);
    this.#write(binary);
  }

  addJsonb(binary: string): void {
    this.#reserve(5 + binary.length);
    this.#length = this.#buffer.writeInt32BE(1 + binary.length, this.#length);
    this.#length = this.#buffer.writeInt8(JSONB_VERSION, this.#length);
    this.#write(binary);
  }

  /** Hands out the rows so far, in memory of their own, and begins anew. */
  drain(): Buffer<ArrayBuffer> {
    const rows = this.#buffer.subarray(0, this.#length);
    this.#buffer = Buffer.allocUnsafe(Math.max(START_BYTES, this.#length));
    this.#length = 0;
    return rows;
  }

  #write(binary: string): void {
    if (binary.length > SHORT) {
      this.#buffer.write(binary, this.#length, 'latin1');
      this.#length += binary.length;
      return;
    }
    for (let index = 0; index < binary.length; index += 1) {
      this.#buffer[this.#length] = binary.charCodeAt(index);
      this.#length += 1;
    }
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

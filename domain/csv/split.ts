/**
 * The streaming record splitter. Bytes come in as "binary strings", one character per byte (Buffer.latin1Slice), so
 * that positions in the string are byte offsets of the file and V8 searches them at memory speed; whoever reads a
 * value decodes UTF-8 from the few records that need it (see decode.ts).
 *
 * A line break (LF or CRLF) always ends a record, inside quotes too: one stray quote costs one record and no more.
 * The slices tile the file: the first begins at byte 0, each ends where the next begins. Blank lines belong to the
 * record before them, blank lines at the start of the file to the header.
 */
import { createLongRecord, type LongRecord } from './long-record.ts';
import { skipBlankLines } from './blank-lines.ts';

const CR = 13;

/** Longest slice that is held in memory and kept, in bytes. Of longer ones place and hash are known. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

export type CsvRecord = {
  /** Line of the record's text, counted from 1. */
  readonly line: number;
  /** Lines of the slice from there on: one, and one for every blank line behind it. */
  readonly lines: number;
  /** Offset of the slice in the file, in bytes. */
  readonly offset: number;
  readonly byteLength: number;
  /**
   * The record's bytes with its line break and the blank lines behind it, one character per byte; null when they are
   * more than the limit.
   */
  readonly slice: string | null;
  /** The record alone: no line break, no blank lines. Empty when the slice is null. */
  readonly text: string;
  /** Is every byte of the slice in 1..127, so that the text is its own decoding? */
  readonly plain: boolean;
  /** SHA-256 of a slice that is too long to be held, in hex; else null. */
  readonly sha256: string | null;
};

export type Emit = (record: CsvRecord) => void;

export type SplitterStart = { readonly offset: number; readonly line: number };

/** SHA-256 over pieces of a binary string; domain code takes it as an argument. */
export type SliceHash = { update(piece: string): void; digest(): string };

export type Splitter = {
  /**
   * Takes the next bytes and hands out every record that is known to be complete.
   * @param plain whether every byte of the chunk is known to be in 1..127
   */
  push(chunk: string, plain: boolean, emit: Emit): void;
  /** Ends the input: hands out the last record, with or without a line break. */
  end(emit: Emit): void;
};

/**
 * Makes a splitter that starts at `start`, which must be the start of a record (or of the file).
 * Time is linear in the input for every way of cutting it into chunks, memory is bounded by the limit and a chunk.
 * @param hashSlice makes the hash of a slice longer than `maxRecordBytes`
 */
export function createSplitter(
  start: SplitterStart,
  hashSlice: () => SliceHash,
  maxRecordBytes: number = MAX_RECORD_BYTES,
): Splitter {
  const notPlain = /[^\x01-\x7f]/g;
  let { offset, line } = start;
  let pending: string[] = [];
  let pendingBytes = 0;
  let pendingPlain = true;
  /** Does `pending` hold a line break already? Then the next byte that is not blank completes a record. */
  let pendingBreak = false;
  let long: LongRecord | null = null;

  const keep = (rest: string): void => {
    if (rest.length === 0) return;
    pending.push(rest);
    pendingBytes += rest.length;
    pendingBreak ||= rest.includes('\n');
    // A CR behind the record's break may be the next record's.
    const undecided = pendingBreak && rest.endsWith('\r') ? 1 : 0;
    if (pendingBytes - undecided <= maxRecordBytes) return;
    long = createLongRecord({ offset, line }, hashSlice());
    // Nothing but an undecided CR can follow it yet, or it would have been handed out.
    keepUndecided(long.push(take('')));
  };

  const keepUndecided = (rest: string): void => {
    if (rest.length > 0) pending.push(rest);
    pendingBytes = rest.length;
  };

  const take = (chunk: string): string => {
    if (pending.length === 0) return chunk;
    if (chunk.length > 0) pending.push(chunk);
    const data = pending.length === 1 ? pending[0]! : pending.join('');
    pending = [];
    pendingBytes = 0;
    pendingBreak = false;
    return data;
  };

  const hashed = (slice: string): string => {
    const hash = hashSlice();
    hash.update(slice);
    return hash.digest();
  };

  const consume = (data: string, plain: boolean, final: boolean, emit: Emit): void => {
    let nextNotPlain = plain ? Infinity : -1;
    const isPlain = (from: number, to: number): boolean => {
      if (nextNotPlain < from) {
        notPlain.lastIndex = from;
        nextNotPlain = notPlain.test(data) ? notPlain.lastIndex - 1 : Infinity;
      }
      return nextNotPlain >= to;
    };
    const handOut = (from: number, to: number, textStart: number, textEnd: number, lines: number): void => {
      const byteLength = to - from;
      const slice = data.slice(from, to);
      const isLong = byteLength > maxRecordBytes;
      emit({
        line,
        lines,
        offset,
        byteLength,
        slice: isLong ? null : slice,
        text: isLong ? '' : data.slice(textStart, textEnd),
        plain: !isLong && isPlain(from, to),
        sha256: isLong ? hashed(slice) : null,
      });
      offset += byteLength;
      line += lines;
    };

    let position = 0;
    let sliceStart = 0;
    let leadLines = 0;
    if (offset === 0) {
      // Only a file can start with blank lines: they go with the first record, which starts at byte 0.
      const lead = skipBlankLines(data, 0);
      if (lead.end > 0 && !final && (lead.end >= data.length || lead.undecided)) {
        pendingPlain = plain;
        return keep(data);
      }
      position = lead.end;
      leadLines = lead.lines;
    }
    for (;;) {
      const lineBreak = data.indexOf('\n', position);
      if (lineBreak < 0) break;
      const blank = skipBlankLines(data, lineBreak + 1);
      if (!final && (blank.end >= data.length || blank.undecided)) break;
      const textEnd =
        lineBreak > position && data.charCodeAt(lineBreak - 1) === CR ? lineBreak - 1 : lineBreak;
      if (sliceStart === 0) line += leadLines;
      handOut(sliceStart, blank.end, position, textEnd, 1 + blank.lines);
      position = sliceStart = blank.end;
    }
    if (final) {
      if (sliceStart === 0) line += leadLines;
      if (position < data.length) handOut(sliceStart, data.length, position, data.length, 1);
      return;
    }
    pendingPlain = isPlain(sliceStart, data.length);
    keep(data.slice(sliceStart));
  };

  /** Goes on with a long record. */
  const consumeLong = (data: string, plain: boolean, emit: Emit): void => {
    const rest = long!.push(data);
    if (!long!.isComplete) return keepUndecided(rest);
    endLong(emit);
    if (rest.length > 0) consume(rest, plain, false, emit);
  };

  const endLong = (emit: Emit): void => {
    const record = long!.end();
    long = null;
    if (record === null) return;
    offset = record.offset + record.byteLength;
    line = record.line + record.lines;
    emit(record);
  };

  return {
    push(chunk, plain, emit) {
      if (chunk.length === 0) return;
      if (long) return consumeLong(take(chunk), plain, emit);
      const allPlain = plain && (pendingBytes === 0 || pendingPlain);
      if (pendingBytes > 0 && !pendingBreak && !chunk.includes('\n')) {
        pendingPlain = allPlain;
        keep(chunk);
      } else {
        consume(take(chunk), allPlain, false, emit);
      }
    },
    end(emit) {
      const rest = long ? long.push(take(''), true) : take('');
      if (long) endLong(emit);
      consume(rest, false, true, emit);
    },
  };
}

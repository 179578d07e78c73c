/**
 * The streaming record splitter. Bytes come in as "binary strings", one character per byte (Buffer.latin1Slice), so
 * that positions in the string are byte offsets of the file and V8 searches them at memory speed; whoever reads a
 * value decodes UTF-8 from the few records that need it (see decode.ts).
 *
 * A line break (LF or CRLF) always ends a record, inside quotes too: one stray quote costs one record and no more.
 * The slices tile the file: the first begins at byte 0, each ends where the next begins. Blank lines belong to the
 * record before them, blank lines at the start of the file to the header.
 */
import { TainError } from '../../contracts/errors.ts';

const LF = 10;
const CR = 13;

/** Longest slice that is held in memory, in bytes. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

export type CsvRecord = {
  /** Line of the record's first byte, counted from 1. */
  readonly line: number;
  /** Offset of the slice in the file, in bytes. */
  readonly offset: number;
  /** The record's bytes with its line break and the blank lines behind it, one character per byte. */
  readonly slice: string;
  /** The record alone: no line break, no blank lines. */
  readonly text: string;
};

export type SplitterStart = { readonly offset: number; readonly line: number };

export type Splitter = {
  /** Takes the next bytes and hands out every record that is known to be complete. */
  push(chunk: string, emit: (record: CsvRecord) => void): void;
  /** Ends the input: hands out the last record, with or without a line break. */
  end(emit: (record: CsvRecord) => void): void;
};

/**
 * Makes a splitter that starts at `start`, which must be the start of a record (or of the file).
 * Time is linear in the input for every way of cutting it into chunks.
 * @throws TainError file.record-too-long from push when a slice outgrows `maxRecordBytes`
 */
export function createSplitter(
  start: SplitterStart = { offset: 0, line: 1 },
  maxRecordBytes: number = MAX_RECORD_BYTES,
): Splitter {
  let offset = start.offset;
  let line = start.line;
  let pending: string[] = [];
  let pendingBytes = 0;
  /** Does `pending` hold a line break already? Then the next byte that is not blank completes a record. */
  let pendingBreak = false;

  const keep = (rest: string): void => {
    if (rest.length === 0) return;
    pending.push(rest);
    pendingBytes += rest.length;
    pendingBreak ||= rest.includes('\n');
    if (pendingBytes > maxRecordBytes) {
      throw new TainError('file.record-too-long', { line, offset, max: maxRecordBytes });
    }
  };

  const take = (chunk: string): string => {
    if (pending.length === 0) return chunk;
    pending.push(chunk);
    const data = pending.join('');
    pending = [];
    pendingBytes = 0;
    pendingBreak = false;
    return data;
  };

  const consume = (data: string, final: boolean, emit: (record: CsvRecord) => void): void => {
    let position = 0;
    if (offset === 0) {
      const lead = skipBlankLines(data, 0);
      if (lead.end > 0) {
        // Only a file can start with blank lines: they go with the first record, which starts at byte 0.
        if (!final && (lead.end >= data.length || lead.undecided)) return keep(data);
        position = lead.end;
        line += lead.lines;
      }
    }
    let sliceStart = 0;
    for (;;) {
      const lineBreak = data.indexOf('\n', position);
      if (lineBreak < 0) break;
      const blank = skipBlankLines(data, lineBreak + 1);
      if (!final && (blank.end >= data.length || blank.undecided)) break;
      const textEnd =
        lineBreak > position && data.charCodeAt(lineBreak - 1) === CR ? lineBreak - 1 : lineBreak;
      emit({ line, offset, slice: data.slice(sliceStart, blank.end), text: data.slice(position, textEnd) });
      offset += blank.end - sliceStart;
      line += 1 + blank.lines;
      position = sliceStart = blank.end;
    }
    if (final && position < data.length) {
      emit({ line, offset, slice: data.slice(sliceStart), text: data.slice(position) });
      offset += data.length - sliceStart;
      line += 1;
      return;
    }
    if (position !== sliceStart) line = start.line;
    keep(data.slice(sliceStart));
  };

  return {
    push(chunk, emit) {
      if (pendingBytes > 0 && !pendingBreak && !chunk.includes('\n')) keep(chunk);
      else if (chunk.length > 0) consume(take(chunk), false, emit);
    },
    end(emit) {
      consume(take(''), true, emit);
    },
  };
}

/** Skips line breaks from `from`; `undecided` when the data ends in a CR that may become a CRLF. */
function skipBlankLines(data: string, from: number): { end: number; lines: number; undecided: boolean } {
  let end = from;
  let lines = 0;
  for (;;) {
    const code = data.charCodeAt(end);
    if (code === LF) end += 1;
    else if (code === CR && data.charCodeAt(end + 1) === LF) end += 2;
    else return { end, lines, undecided: code === CR && end + 1 === data.length };
    lines += 1;
  }
}

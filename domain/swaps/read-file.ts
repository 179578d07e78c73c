/**
 * From the bytes of a file to judged records: the splitter, the header and the judge put together. Ingest and the
 * offline validator both read through it, so that they cannot differ.
 */
import type { Verdict } from '../../contracts/issues.ts';
import { BYTE_ORDER_MARK, decodeUtf8 } from '../csv/decode.ts';
import { splitFields } from '../csv/fields.ts';
import {
  createSplitter,
  MAX_RECORD_BYTES,
  type CsvRecord,
  type Emit,
  type SliceHash,
  type SplitterStart,
} from '../csv/split.ts';
import { recogniseHeader, type HeaderProblem, type Layout } from './header.ts';
import { createJudge, type Judge, type JudgeContext } from './judge.ts';

export type JudgedRecord = {
  readonly record: CsvRecord;
  readonly verdict: Verdict;
};

/** No known format has more than a few hundred. */
const MAX_COLUMNS = 2000;

export type FileHeader = {
  readonly layout: Layout;
  /** The slice with the header line, from byte 0: byte order mark, blank lines around it and line break included. */
  readonly slice: string;
  /** Where the first record begins. */
  readonly end: SplitterStart;
};

/** The header line of a file: its layout, or why the whole file cannot be read. */
export function readHeader({
  text: line,
  slice,
  line: lineNumber,
  lines,
}: CsvRecord): FileHeader | HeaderProblem {
  if (slice === null)
    return { code: 'file.header-unknown', params: { problem: 'length', max: MAX_RECORD_BYTES } };
  const text = decodeUtf8(line.startsWith(BYTE_ORDER_MARK) ? line.slice(BYTE_ORDER_MARK.length) : line);
  const fields = text === null || text.includes('\0') ? null : splitFields(text);
  if (!Array.isArray(fields)) return { code: 'file.header-unknown', params: { problem: unreadable(line) } };
  if (fields.length > MAX_COLUMNS) {
    return {
      code: 'file.header-unknown',
      params: { problem: 'columns', columns: fields.length, max: MAX_COLUMNS },
    };
  }
  const layout = recogniseHeader(fields);
  return 'code' in layout
    ? layout
    : { layout, slice, end: { offset: slice.length, line: lineNumber + lines } };
}

/** Why a first line is no CSV text: what people save by mistake has names of its own. */
function unreadable(bytes: string): string {
  if (/^(?:\u00ff\u00fe|\u00fe\u00ff)|\0/.test(bytes)) return 'utf16';
  return bytes.includes('\r') ? 'carriage-returns' : 'text';
}

export type HeaderFinding = FileHeader | HeaderProblem;

/** Finds the header in the bytes that are pushed; `header` is null until it is found. */
export function createHeaderFinder(hashSlice: () => SliceHash) {
  const splitter = createSplitter({ offset: 0, line: 1 }, hashSlice);
  let first: CsvRecord | null = null;
  const keepFirst: Emit = (record) => {
    first ??= record;
  };
  return {
    /** Takes the next bytes, one character per byte, until the header is found. */
    push(chunk: string): HeaderFinding | null {
      splitter.push(chunk, false, keepFirst);
      return first && readHeader(first);
    },
    end(): HeaderFinding {
      splitter.end(keepFirst);
      return first ? readHeader(first) : { code: 'file.empty', params: {} };
    },
  };
}

export type FileReader = {
  /**
   * Takes the next bytes of the file, one character per byte.
   * @param plain whether every byte is known to be in 1..127 (spares a look at the records)
   */
  push(chunk: string, plain: boolean, emit: (judged: JudgedRecord) => void): void;
  end(emit: (judged: JudgedRecord) => void): void;
};

/**
 * Reads the records that follow the header.
 * @param start where the first record begins: behind the header, or at a checkpoint
 * @param hashSlice for records that are too long to be held
 */
export function createFileReader(
  layout: Layout,
  start: SplitterStart,
  hashSlice: () => SliceHash,
  context?: JudgeContext,
): FileReader {
  const splitter = createSplitter(start, hashSlice);
  const judge: Judge = createJudge(layout, context);
  const judged =
    (emit: (judged: JudgedRecord) => void): Emit =>
    (record) =>
      emit({ record, verdict: judge(record) });

  return {
    push: (chunk, plain, emit) => splitter.push(chunk, plain, judged(emit)),
    end: (emit) => splitter.end(judged(emit)),
  };
}

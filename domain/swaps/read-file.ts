/**
 * From the bytes of a file to judged records: the splitter, the header and the judge put together. Ingest and the
 * offline validator both read through it, so that they cannot differ.
 */
import type { Verdict } from '../../contracts/issues.ts';
import { BYTE_ORDER_MARK, decodeUtf8, isPlain } from '../csv/decode.ts';
import { splitFields } from '../csv/fields.ts';
import { countLines } from '../csv/lines.ts';
import { createSplitter, type CsvRecord, type SplitterStart } from '../csv/split.ts';
import { recogniseHeader, type HeaderProblem, type Layout } from './header.ts';
import type { Profile } from '../cftc/profiles.ts';
import { createJudge, type Judge } from './judge.ts';

export type JudgedRecord = {
  readonly record: CsvRecord;
  readonly plain: boolean;
  readonly verdict: Verdict;
};

/** No known format has more than a few hundred. */
const MAX_COLUMNS = 2000;

export type FileHeader = {
  readonly layout: Layout;
  /** The bytes before the first record. */
  readonly slice: string;
  /** Where the first record begins. */
  readonly end: SplitterStart;
};

/** The header line of a file: its layout, or why the whole file cannot be read. */
export function readHeader(record: CsvRecord): FileHeader | HeaderProblem {
  const bytes = record.text.startsWith(BYTE_ORDER_MARK)
    ? record.text.slice(BYTE_ORDER_MARK.length)
    : record.text;
  const text = decodeUtf8(bytes);
  const fields = text === null || text.includes('\0') ? null : splitFields(text);
  if (!Array.isArray(fields)) {
    return { code: 'file.header-unknown', params: { problem: 'text' } };
  }
  if (fields.length > MAX_COLUMNS) {
    return {
      code: 'file.header-unknown',
      params: { problem: 'columns', columns: fields.length, max: MAX_COLUMNS },
    };
  }
  const layout = recogniseHeader(fields);
  if ('code' in layout) return layout;
  const { slice } = record;
  return { layout, slice, end: { offset: slice.length, line: countLines(slice) + 1 } };
}

/**
 * Finds and reads the header in the chunks of a file, one character per byte; reads no further than it must.
 * @throws TainError file.record-too-long
 */
export async function findHeader(chunks: AsyncIterable<string>): Promise<FileHeader | HeaderProblem> {
  const splitter = createSplitter();
  let first: CsvRecord | null = null;
  const keepFirst = (record: CsvRecord): void => {
    first ??= record;
  };
  for await (const chunk of chunks) {
    splitter.push(chunk, keepFirst);
    if (first) return readHeader(first);
  }
  splitter.end(keepFirst);
  return first ? readHeader(first) : { code: 'file.empty', params: {} };
}

export type FileReader = {
  /**
   * Takes the next bytes of the file, one character per byte.
   * @param plain every byte is in 1..127 (spares a look at each record)
   */
  push(chunk: string, plain: boolean, emit: (judged: JudgedRecord) => void): void;
  end(emit: (judged: JudgedRecord) => void): void;
};

/**
 * Reads the records that follow the header.
 * @param start where the first record begins: behind the header, or at a checkpoint
 * @param profile how strictly; undefined: as the format's records are judged at intake
 * @throws TainError file.record-too-long from push
 */
export function createFileReader(layout: Layout, start: SplitterStart, profile?: Profile): FileReader {
  const splitter = createSplitter(start);
  const judge: Judge = createJudge(layout, profile);
  let plainSoFar = true;

  const judged =
    (emit: (judged: JudgedRecord) => void) =>
    (record: CsvRecord): void => {
      const plain = plainSoFar || isPlain(record.slice);
      emit({ record, plain, verdict: judge(record.text, plain) });
    };

  return {
    push(chunk, plain, emit) {
      // Bytes of an earlier chunk may still be pending: after the first byte that is not plain every record is looked at.
      plainSoFar &&= plain;
      splitter.push(chunk, judged(emit));
    },
    end(emit) {
      splitter.end(judged(emit));
    },
  };
}

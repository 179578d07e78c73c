/** A record that outgrows memory: its bytes pass by, its place and hash stay. */
import { skipBlankLines } from './blank-lines.ts';
import type { CsvRecord, SliceHash, SplitterStart } from './split.ts';

export type LongRecord = {
  /** Is the byte behind the record known? */
  readonly isComplete: boolean;
  /**
   * Takes the next bytes; returns those that are not the record's, or not yet known to be.
   * @param final no byte follows
   */
  push(data: string, final?: boolean): string;
  /** The record; null when there were only blank lines at the start of a file. */
  end(): CsvRecord | null;
};

/** @param start the place of the record's slice */
export function createLongRecord({ offset, line }: SplitterStart, hash: SliceHash): LongRecord {
  // The parts of a slice: blank lines (at the start of a file only), the record's line, blank lines behind it.
  let part: 'lead' | 'line' | 'tail' = offset === 0 ? 'lead' : 'line';
  let textLine = line;
  let lines = 1;
  let byteLength = 0;
  let isComplete = false;

  const eat = (data: string): void => {
    hash.update(data);
    byteLength += data.length;
  };

  return {
    get isComplete() {
      return isComplete;
    },
    push(data, final = false) {
      let position = 0;
      if (part === 'lead') {
        const lead = skipBlankLines(data, 0);
        position = lead.end;
        textLine += lead.lines;
        if (position < data.length && (final || !lead.undecided)) part = 'line';
      }
      if (part === 'line') {
        const lineBreak = data.indexOf('\n', position);
        position = lineBreak < 0 ? data.length : lineBreak + 1;
        if (lineBreak >= 0) part = 'tail';
      }
      if (part === 'tail') {
        const blank = skipBlankLines(data, position);
        position = blank.end;
        lines += blank.lines;
        isComplete = position < data.length && !blank.undecided;
      }
      eat(data.slice(0, position));
      return data.slice(position);
    },
    end() {
      if (part === 'lead') return null;
      return {
        line: textLine,
        lines,
        offset,
        byteLength,
        slice: null,
        text: '',
        plain: false,
        sha256: hash.digest(),
      };
    },
  };
}

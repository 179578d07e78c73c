/** How many records a file has, without judging them. */
import { createSplitter, type SliceHash } from './split.ts';

export type RecordCounter = {
  /** Takes the next bytes, one character per byte. */
  push(chunk: string): void;
  /** Ends the input: the number of records behind the header. */
  end(): number;
};

/** @param hashSlice for records that are too long to be held */
export function createRecordCounter(hashSlice: () => SliceHash): RecordCounter {
  const splitter = createSplitter({ offset: 0, line: 1 }, hashSlice);
  let records = 0;
  const count = (): void => {
    records += 1;
  };
  return {
    // What the records are made of is of no interest here.
    push: (chunk) => splitter.push(chunk, true, count),
    end() {
      splitter.end(count);
      return Math.max(0, records - 1);
    },
  };
}

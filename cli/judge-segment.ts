/** Judges segments of a file, here or in a thread: plain data in, plain data out. */
import type { CsvRecord } from '../domain/csv/split.ts';
import { createJudge, type JudgeContext } from '../domain/swaps/judge.ts';
import type { JudgedRecord } from '../domain/swaps/read-file.ts';
import { readStoredHeader } from '../domain/swaps/values.ts';
import { readSegment, type SegmentContent } from '../platform/file-segments.ts';

export type JudgedSegment = {
  readonly read: number;
  readonly accepted: number;
  /** Records that somebody asked for, with their places among the segment's records, from 0. */
  readonly kept: readonly { readonly at: number; readonly judged: JudgedRecord }[];
};

/**
 * Makes the judge of a file's segments.
 * @param header header slice of the file, one character per byte
 * @param keepsAccepted hand out accepted records without an issue too?
 */
export function createSegmentJudge(
  header: string,
  context: JudgeContext,
  keepsAccepted: boolean,
): (segment: SegmentContent) => JudgedSegment {
  const judge = createJudge(readStoredHeader(header), context);
  return (segment) => {
    const kept: { at: number; judged: JudgedRecord }[] = [];
    let read = 0;
    let accepted = 0;
    const take = (record: CsvRecord): void => {
      const verdict = judge(record);
      if (verdict.issues.length > 0 || (keepsAccepted && verdict.accepted))
        kept.push({ at: read, judged: { record, verdict } });
      if (verdict.accepted) accepted += 1;
      read += 1;
    };
    readSegment(segment, take);
    return { read, accepted, kept };
  };
}

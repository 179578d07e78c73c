/** From the bytes of a segment to rows for COPY: split, judge, encode. */
import { CopyEncoder } from '../db/copy-encoder.ts';
import { createRecordEncoder, type RecordOwner } from '../db/records.ts';
import type { Registers } from '../domain/cftc/registers.ts';
import type { CsvRecord } from '../domain/csv/split.ts';
import { createJudge } from '../domain/swaps/judge.ts';
import { readStoredHeader } from '../domain/swaps/values.ts';
import { readSegment, type SegmentContent } from '../platform/file-segments.ts';

/** What has to be known of a file; goes to a thread and is therefore plain data. */
export type EncodedFile = RecordOwner & {
  /** Header slice, one character per byte. */
  readonly header: string;
};

export type NumberedSegment = SegmentContent & {
  /** Number of its first record. */
  readonly firstRecord: number;
};

export type EncodedSegment = {
  readonly rows: Buffer<ArrayBuffer>;
  readonly read: number;
  readonly accepted: number;
  readonly rejected: number;
};

export type SegmentEncoder = (segment: NumberedSegment) => EncodedSegment;

/** Makes the encoder of a file's segments; each is encoded by itself, in any order. */
export function createSegmentEncoder(
  { header, ...owner }: EncodedFile,
  registers: Registers,
): SegmentEncoder {
  // The folder date is the day of submission, so that a proof in later years applies the rules of then.
  const judge = createJudge(readStoredHeader(header), { registers, submittedOn: owner.folderDate });
  const rows = new CopyEncoder();
  const encode = createRecordEncoder(rows, owner);
  return ({ firstRecord, ...segment }) => {
    let read = 0;
    let accepted = 0;
    const take = (record: CsvRecord): void => {
      const verdict = judge(record);
      encode(firstRecord + read, { record, verdict });
      read += 1;
      if (verdict.accepted) accepted += 1;
    };
    readSegment(segment, take);
    return { rows: rows.drain(), read, accepted, rejected: read - accepted };
  };
}

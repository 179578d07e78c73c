/** Judges the records of a file in file order; those of a large one in threads, a few segments at a time. */
import path from 'node:path';
import type { SplitterStart } from '../domain/csv/split.ts';
import type { JudgeContext } from '../domain/swaps/judge.ts';
import type { JudgedRecord } from '../domain/swaps/read-file.ts';
import { cutSegments, type Segment } from '../platform/file-segments.ts';
import { movable, ThreadPool } from '../platform/thread-pool.ts';
import { createSegmentJudge, type JudgedSegment } from './judge-segment.ts';
import type { JudgeTask } from './judge-thread.ts';

/** Smaller files, in bytes of content, are done before a thread has heard of them. */
const THREADS_ABOVE_BYTES = 4 * 1024 ** 2;
const SEGMENT_BYTES = 512 * 1024;
/** Segments that may be under way before the first of them is taken: a bound on memory. */
const SEGMENTS_AHEAD = 6;
const MAX_THREADS = 3;

export type FileToJudge = {
  /** Header slice, one character per byte. */
  readonly header: string;
  readonly context: JudgeContext;
  /** Bytes of its content, for a guess at whether threads are worth their start. */
  readonly contentBytes: number;
  /** Where the first record begins, and the bytes from there on. */
  readonly start: SplitterStart;
  readonly blocks: AsyncIterable<Buffer>;
};

export type JudgedCounts = { read: number; accepted: number; rejected: number };

/**
 * Judges all records.
 * @param keepsAccepted hand accepted records without an issue to `take` too?
 * @param take called in file order, with the number of the record in the file
 */
export async function judgeFile(
  { header, context, contentBytes, start, blocks }: FileToJudge,
  keepsAccepted: boolean,
  take: (judged: JudgedRecord, number: number) => void,
): Promise<JudgedCounts> {
  const counts: JudgedCounts = { read: 0, accepted: 0, rejected: 0 };
  const judge =
    contentBytes > THREADS_ABOVE_BYTES
      ? createThreadedJudge(header, context, keepsAccepted)
      : createSegmentJudge(header, context, keepsAccepted);
  const underWay: Promise<JudgedSegment>[] = [];
  const finish = async (): Promise<void> => {
    const { read, accepted, kept } = await underWay.shift()!;
    for (const { at, judged } of kept) take(judged, counts.read + at + 1);
    counts.read += read;
    counts.accepted += accepted;
    counts.rejected += read - accepted;
  };
  for await (const segment of cutSegments(blocks, start, SEGMENT_BYTES)) {
    const judged = Promise.resolve(judge(segment));
    // It may fail before it is its turn to be waited for.
    judged.catch(() => undefined);
    underWay.push(judged);
    if (underWay.length >= SEGMENTS_AHEAD) await finish();
  }
  while (underWay.length > 0) await finish();
  return counts;
}

const pool = new ThreadPool<JudgeTask, JudgedSegment>(
  path.join(import.meta.dirname, 'judge-thread.ts'),
  MAX_THREADS,
);
let files = 0;

/** The segments' memory is the threads' from then on. */
function createThreadedJudge(
  header: string,
  context: JudgeContext,
  keepsAccepted: boolean,
): (segment: Segment) => Promise<JudgedSegment> {
  const name = `file ${(files += 1)}`;
  return ({ bytes, long, offset, line }) =>
    pool.run((told) => {
      const file = told.has(name) ? null : { header, context, keepsAccepted };
      told.clear();
      told.add(name);
      return { content: { file, segment: { bytes, long, offset, line } }, moved: movable(bytes) };
    });
}

/** A thread that judges segments of one file after the other. */
import type { JudgeContext } from '../domain/swaps/judge.ts';
import { answerTasks } from '../platform/answer-tasks.ts';
import type { SegmentContent } from '../platform/file-segments.ts';
import { createSegmentJudge, type JudgedSegment } from './judge-segment.ts';

export type JudgeTask = {
  /** Sent with the first task of a file. */
  readonly file: {
    readonly header: string;
    readonly context: JudgeContext;
    readonly keepsAccepted: boolean;
  } | null;
  readonly segment: SegmentContent;
};

let judge: ((segment: SegmentContent) => JudgedSegment) | null = null;

answerTasks<JudgeTask, JudgedSegment>(
  ({ file, segment }) => {
    if (file) judge = createSegmentJudge(file.header, file.context, file.keepsAccepted);
    return judge!(segment);
  },
  () => [],
);

/**
 * The verdict on one message of a feed, by the judge of files: its values are put into the cells of a layout that has
 * every column, so that equal content gets the equal verdict wherever it comes from. A pure function of (bytes, rules
 * in force).
 */
import type { Verdict } from '../../contracts/issues.ts';
import { INTAKE_PROFILES, PROFILES, weighIssues } from '../cftc/profiles.ts';
import { isReturnColumn } from './column-slots.ts';
import { FEED_LAYOUT } from './feed-layout.ts';
import { createCellJudge, type JudgeContext } from './judge.ts';
import { readMessage, type MessageFields } from './read-message.ts';
import type { RecordValues } from './record-content.ts';

export type JudgedMessage = {
  readonly verdict: Verdict;
  /** Values that are not blank, by slot, as `readRecordValues` gives them of a file; null when they cannot be read. */
  readonly values: RecordValues | null;
};

/**
 * Makes the judge of feed messages; it throws on no bytes. Issues name the key where those of a file name the column.
 * @param context as for files; without a profile, that of submissions at intake
 */
export function createMessageJudge(context: JudgeContext = {}): (bytes: Uint8Array) => JudgedMessage {
  const { profile = PROFILES[INTAKE_PROFILES.submission] } = context;
  const { cells, judge } = createCellJudge(FEED_LAYOUT, context);
  return (bytes) => {
    const read = readMessage(bytes);
    if ('refused' in read) {
      return { verdict: { accepted: false, key: null, corrects: null, issues: read.refused }, values: null };
    }
    cells.take(read.fields);
    const verdict = judge();
    const noted = weighIssues(read.issues, profile);
    const accepted = verdict.accepted && !noted.some(({ severity }) => severity === 'error');
    return {
      verdict: noted.length === 0 ? verdict : { ...verdict, accepted, issues: [...noted, ...verdict.issues] },
      values: valuesOf(read),
    };
  };
}

/** The values of a message without its verdict: what is journalled is the truth, this is a view of it. */
export function readMessageValues(bytes: Uint8Array): RecordValues | null {
  const read = readMessage(bytes);
  return 'refused' in read ? null : valuesOf(read);
}

function valuesOf({ fields, others }: MessageFields): RecordValues {
  const values: Record<string, string | string[]> = { ...others };
  for (const column of FEED_LAYOUT.columns) {
    const cell = fields[column.index];
    if (!cell || isReturnColumn(column)) continue;
    values[column.name] = column.element?.repeatable ? cell.split(';') : cell;
  }
  return values;
}

/** Reads a demo day with the validator itself, as intake does. */
import { DEMO_COLUMNS, type Cells } from '../../../demo/columns.ts';
import { DEMO_HEADER, generateDay, type DayRequest, type DemoRow } from '../../../demo/day.ts';
import {
  formatSummary,
  formatVerdict,
  isNamed,
  type ManifestIssue,
  type RecordVerdict,
} from '../../../demo/manifest.ts';
import { PROFILES, type ProfileName } from '../../../domain/cftc/profiles.ts';
import { isPlain } from '../../../domain/csv/decode.ts';
import { createSliceHash } from '../../../platform/slice-hash.ts';
import { createJudge } from '../../../domain/swaps/judge.ts';
import { record as makeRecord } from '../../support/csv-record.ts';
import { createFileReader, createHeaderFinder, type FileHeader } from '../../../domain/swaps/read-file.ts';

/** The header of a demo file, read from its bytes. */
export function readDemoHeader(): FileHeader {
  const finder = createHeaderFinder(createSliceHash);
  const header = finder.push(DEMO_HEADER) ?? finder.end();
  if ('code' in header) throw new Error(header.code);
  return header;
}

/** Verdicts on the bytes behind the header, which come in chunks. */
export function judgeChunks(chunks: Iterable<string>): RecordVerdict[] {
  const { layout, slice } = readDemoHeader();
  const reader = createFileReader(layout, { offset: slice.length, line: 2 }, createSliceHash);
  const verdicts: RecordVerdict[] = [];
  const take: Parameters<typeof reader.end>[0] = ({ record, verdict }) => {
    verdicts.push({
      record: verdicts.length + 1,
      line: record.line,
      verdict: verdict.accepted ? 'accepted' : 'rejected',
      issues: verdict.issues.map(({ ruleId, element }) => ({ ruleId, element })),
    });
  };
  for (const chunk of chunks) reader.push(chunk, isPlain(chunk), take);
  reader.end(take);
  return verdicts;
}

/** The manifest of rows, as `writeDay` would write it. */
export function manifestOf(rows: readonly DemoRow[]): string[] {
  const rejected = rows.filter(({ expected }) => expected.verdict === 'rejected').length;
  const summary = { seed: '', date: '', brokenShare: 0, sha256: '' };
  return [
    formatSummary({ ...summary, rows: rows.length, rejected, accepted: rows.length - rejected }),
    ...rows.flatMap(({ expected }) => (isNamed(expected) ? [formatVerdict(expected)] : [])),
  ];
}

/** What a profile says of the records of a demo file, one by one: rule ids with the numbers of their elements. */
export function createDemoJudge(profile: ProfileName): (cells: readonly string[]) => string[] {
  const judge = createJudge(readDemoHeader().layout, { profile: PROFILES[profile] });
  return (cells) =>
    judge(makeRecord(cells.join(','), isPlain(cells.join(','))))
      .issues.map(nameIssue)
      .sort();
}

/** An issue as it is compared. */
export const nameIssue = ({ ruleId, element }: ManifestIssue): string =>
  element === null ? ruleId : `${ruleId} #${element}`;

/** The cells of the records of a day that nobody spoilt or varied into a warning, as they stand in the file. */
export function* cleanCells(request: DayRequest): Generator<Cells> {
  for (const { bytes, expected } of generateDay({ ...request, brokenShare: 0 })) {
    const cells = bytes.replace(/[\r\n]+$/, '').split(',');
    // A comma in quotes makes a cell more; such a remark says nothing of the record.
    if (expected.issues.length === 0 && cells.length === DEMO_COLUMNS.length && !cells[0]!.startsWith('"'))
      yield cells;
  }
}

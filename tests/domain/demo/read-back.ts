/** Reads a demo day with the validator itself, as intake does. */
import { DEMO_HEADER, type DemoRow } from '../../../demo/day.ts';
import { formatSummary, formatVerdict, isNamed, type RecordVerdict } from '../../../demo/manifest.ts';
import { isPlain } from '../../../domain/csv/decode.ts';
import { createSliceHash } from '../../../platform/slice-hash.ts';
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

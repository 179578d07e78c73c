/** The offline check of a file: the same reader, header and judge as ingest, no engine needed. */
import path from 'node:path';
import { TainError } from '../contracts/errors.ts';
import type { RecordCounts } from '../contracts/file-ingest.ts';
import type { Issue } from '../contracts/issues.ts';
import { explainIssue } from '../domain/cftc/explain-issue.ts';
import { createFileReader, findHeader, type JudgedRecord } from '../domain/swaps/read-file.ts';
import { isPlainBlock, readBinaryChunks, readBlocks, withFile } from '../platform/file-blocks.ts';

export type ReportedRecord = {
  readonly record: number;
  readonly line: number;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly key: string | null;
  readonly verdict: 'accepted' | 'rejected';
  readonly issues: readonly (Issue & { readonly message: string })[];
};

export type ValidationReport = {
  readonly format: string;
  readonly unknownColumns: readonly string[];
  readonly counts: RecordCounts;
};

/**
 * Reads a whole file and hands every record that has an issue to `report`.
 * @throws TainError with the whole-file problem when it cannot be read
 */
export async function validateFile(
  location: string,
  report: (record: ReportedRecord) => void,
): Promise<ValidationReport> {
  const header = await withFile(location, null, (handle) => findHeader(readBinaryChunks(handle)));
  if ('code' in header) throw new TainError(header.code, { file: path.basename(location), ...header.params });
  const { layout, end } = header;
  const counts = { read: 0, accepted: 0, rejected: 0 };
  const take = ({ record, verdict }: JudgedRecord): void => {
    counts.read += 1;
    counts[verdict.accepted ? 'accepted' : 'rejected'] += 1;
    if (verdict.issues.length === 0) return;
    report({
      record: counts.read,
      line: record.line,
      byteOffset: record.offset,
      byteLength: record.slice.length,
      key: verdict.key,
      verdict: verdict.accepted ? 'accepted' : 'rejected',
      issues: verdict.issues.map((issue) => ({ ...issue, message: explainIssue(issue) })),
    });
  };
  await withFile(location, null, async (handle) => {
    const reader = createFileReader(layout, end);
    for await (const block of readBlocks(handle, end.offset)) {
      reader.push(block.toString('latin1'), isPlainBlock(block), take);
    }
    reader.end(take);
  });
  return { format: layout.format, unknownColumns: layout.unknownColumns, counts };
}

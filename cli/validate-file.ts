/** The offline check of a file: the same reader, header and judge as ingest, no engine needed. */
import path from 'node:path';
import type { RecordCounts } from '../contracts/file-ingest.ts';
import type { Issue } from '../contracts/issues.ts';
import type { Language } from '../contracts/texts/shape.ts';
import { explainIssue } from '../domain/cftc/explain-issue.ts';
import { createFileReader, type JudgedRecord } from '../domain/swaps/read-file.ts';
import { readStoredHeader } from '../domain/swaps/values.ts';
import { isPlainBlock, withFile } from '../platform/file-blocks.ts';
import { readContent } from '../platform/file-content.ts';
import { inspectContent } from '../platform/file-inspection.ts';
import { createSliceHash } from '../platform/slice-hash.ts';

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
 * Reads a whole file and hands every record that has an issue to `report`, in words of `language`.
 * @throws TainError with the whole-file problem when it cannot be read
 */
export async function validateFile(
  location: string,
  language: Language,
  report: (record: ReportedRecord) => void,
): Promise<ValidationReport> {
  const name = path.basename(location);
  const counts = { read: 0, accepted: 0, rejected: 0 };
  const take = ({ record, verdict }: JudgedRecord): void => {
    counts.read += 1;
    counts[verdict.accepted ? 'accepted' : 'rejected'] += 1;
    if (verdict.issues.length === 0) return;
    report({
      record: counts.read,
      line: record.line,
      byteOffset: record.offset,
      byteLength: record.byteLength,
      key: verdict.key,
      verdict: verdict.accepted ? 'accepted' : 'rejected',
      issues: verdict.issues.map((issue) => ({ ...issue, message: explainIssue(issue, language) })),
    });
  };
  return withFile(location, null, async (handle) => {
    const limits = { contentMaxBytes: Infinity, onBlock: () => undefined };
    const { size: sizeBytes } = await handle.stat();
    const found = await inspectContent(handle, { name, sizeBytes, sha256: null }, limits);
    const header = Buffer.from(found.headerRaw).toString('latin1');
    const layout = readStoredHeader(header);
    const start = { offset: header.length, line: found.nextLine };
    const reader = createFileReader(layout, start, createSliceHash);
    const content = { name, compression: found.compression, offset: start.offset };
    for await (const block of readContent(handle, content)) {
      reader.push(block.toString('latin1'), isPlainBlock(block), take);
    }
    reader.end(take);
    return { format: found.format, unknownColumns: found.unknownColumns, counts };
  });
}

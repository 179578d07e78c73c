/** The offline check of a file: the same reader, header and judge as ingest, no engine needed. */
import path from 'node:path';
import { TainError } from '../contracts/errors.ts';
import type { RecordCounts } from '../contracts/file-ingest.ts';
import type { Issue } from '../contracts/issues.ts';
import { explainIssue } from '../domain/cftc/explain-issue.ts';
import { INTAKE_PROFILES, PROFILES, type ProfileName } from '../domain/cftc/profiles.ts';
import type { Layout } from '../domain/swaps/header.ts';
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
  /** Layout of a public dissemination file: A until 2022-12-04, B until 2024-01-28, C since. */
  readonly era: Layout['era'];
  readonly profile: ProfileName;
  readonly unknownColumns: readonly string[];
  readonly counts: RecordCounts;
};

export type ValidationRequest = {
  /** Absent: the one by which intake judges the format. */
  readonly profile?: ProfileName | undefined;
  /** Called once, before the records. */
  readonly onLayout?: (layout: Layout) => void;
  /** Called with every record that has an issue, and its number in the file; nothing is kept. */
  readonly onIssues: (judged: JudgedRecord, number: number) => void;
};

/**
 * Reads a whole file, a block at a time.
 * @throws TainError with the whole-file problem when it cannot be read
 */
export async function validateFile(location: string, request: ValidationRequest): Promise<ValidationReport> {
  const header = await withFile(location, null, (handle) => findHeader(readBinaryChunks(handle)));
  if ('code' in header) throw new TainError(header.code, { file: path.basename(location), ...header.params });
  const { layout, end } = header;
  request.onLayout?.(layout);
  const profile = request.profile ?? INTAKE_PROFILES[layout.format];
  const counts = { read: 0, accepted: 0, rejected: 0 };
  const take = (judged: JudgedRecord): void => {
    counts.read += 1;
    counts[judged.verdict.accepted ? 'accepted' : 'rejected'] += 1;
    if (judged.verdict.issues.length > 0) request.onIssues(judged, counts.read);
  };
  await withFile(location, null, async (handle) => {
    const reader = createFileReader(layout, end, PROFILES[profile]);
    for await (const block of readBlocks(handle, end.offset)) {
      reader.push(block.toString('latin1'), isPlainBlock(block), take);
    }
    reader.end(take);
  });
  return { format: layout.format, era: layout.era, profile, unknownColumns: layout.unknownColumns, counts };
}

/** A judged record for people and machines, its issues in words. */
export function reportRecord({ record, verdict }: JudgedRecord, number: number): ReportedRecord {
  return {
    record: number,
    line: record.line,
    byteOffset: record.offset,
    byteLength: record.slice.length,
    key: verdict.key,
    verdict: verdict.accepted ? 'accepted' : 'rejected',
    issues: verdict.issues.map((issue) => ({ ...issue, message: explainIssue(issue) })),
  };
}

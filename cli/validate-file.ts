/** The offline check of a file: the same reader, header and judge as ingest, no engine needed. */
import path from 'node:path';
import type { RecordCounts } from '../contracts/file-ingest.ts';
import type { Issue } from '../contracts/issues.ts';
import { explainIssue } from '../domain/cftc/explain-issue.ts';
import { INTAKE_PROFILES, PROFILES, type ProfileName } from '../domain/cftc/profiles.ts';
import type { Layout } from '../domain/swaps/header.ts';
import { createFileReader, type JudgedRecord } from '../domain/swaps/read-file.ts';
import { readStoredHeader } from '../domain/swaps/values.ts';
import { isPlainBlock, withFile } from '../platform/file-blocks.ts';
import { readContent } from '../platform/file-content.ts';
import { inspectContent } from '../platform/file-inspection.ts';
import { createSliceHash } from '../platform/slice-hash.ts';
import { requireInputFile, toInputError } from './input-file.ts';
import { readerLanguage } from './reader.ts';

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
  /** Called with every accepted record, and its number in the file. */
  readonly onAccepted?: (judged: JudgedRecord, number: number) => void;
};

/**
 * Reads a whole file, a block at a time.
 * @throws TainError with the whole-file problem when it cannot be read
 */
export async function validateFile(location: string, request: ValidationRequest): Promise<ValidationReport> {
  const counts = { read: 0, accepted: 0, rejected: 0 };
  const take = (judged: JudgedRecord): void => {
    counts.read += 1;
    counts[judged.verdict.accepted ? 'accepted' : 'rejected'] += 1;
    if (judged.verdict.accepted) request.onAccepted?.(judged, counts.read);
    if (judged.verdict.issues.length > 0) request.onIssues(judged, counts.read);
  };
  const name = path.basename(location);
  await requireInputFile(location);
  const report = withFile(location, null, async (handle) => {
    const { size: sizeBytes } = await handle.stat();
    const limits = { contentMaxBytes: Infinity, onBlock: () => undefined };
    const found = await inspectContent(handle, { name, sizeBytes, sha256: null }, limits);
    const header = Buffer.from(found.headerRaw).toString('latin1');
    const layout = readStoredHeader(header);
    request.onLayout?.(layout);
    const profile = request.profile ?? INTAKE_PROFILES[layout.format];
    const start = { offset: header.length, line: found.nextLine };
    const reader = createFileReader(layout, start, createSliceHash, { profile: PROFILES[profile] });
    const content = { name, compression: found.compression, offset: start.offset };
    for await (const block of readContent(handle, content)) {
      reader.push(block.toString('latin1'), isPlainBlock(block), take);
    }
    reader.end(take);
    return { format: layout.format, era: layout.era, profile, unknownColumns: layout.unknownColumns, counts };
  });
  return report.catch((error: unknown) => {
    throw toInputError(error, location);
  });
}

/** A judged record for people and machines, its issues in words. */
export function reportRecord({ record, verdict }: JudgedRecord, number: number): ReportedRecord {
  return {
    record: number,
    line: record.line,
    byteOffset: record.offset,
    byteLength: record.byteLength,
    key: verdict.key,
    verdict: verdict.accepted ? 'accepted' : 'rejected',
    issues: verdict.issues.map((issue) => ({ ...issue, message: explainIssue(issue, readerLanguage()) })),
  };
}

/** The offline check of a file: the same reader, header and judge as ingest, no engine needed. */
import path from 'node:path';
import type { RecordCounts } from '../contracts/file-ingest.ts';
import type { Issue } from '../contracts/issues.ts';
import { explainIssue } from '../domain/cftc/explain-issue.ts';
import { INTAKE_PROFILES, PROFILES, type ProfileName } from '../domain/cftc/profiles.ts';
import type { Registers } from '../domain/cftc/registers.ts';
import type { Layout } from '../domain/swaps/header.ts';
import type { JudgedRecord } from '../domain/swaps/read-file.ts';
import { readStoredHeader } from '../domain/swaps/values.ts';
import { withFile } from '../platform/file-blocks.ts';
import { readContent } from '../platform/file-content.ts';
import { inspectContent } from '../platform/file-inspection.ts';
import { judgeFile } from './judge-file.ts';
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
  /** YYYY-MM-DD: the rules in force on it were applied. */
  readonly submittedOn: string;
  readonly unknownColumns: readonly string[];
  readonly counts: RecordCounts;
};

export type ValidationRequest = {
  /** Absent: the one by which intake judges the format. */
  readonly profile?: ProfileName | undefined;
  /** Day of submission, YYYY-MM-DD. */
  readonly submittedOn: string;
  readonly registers: Registers;
  /** Called once, before the records, with the decompressed size of the file. */
  readonly onLayout?: (layout: Layout, contentBytes: number) => void;
  /** Called with every record that has an issue, and its number in the file; nothing is kept. */
  readonly onIssues: (judged: JudgedRecord, number: number) => void;
  /** Called now and then: what is being done, and how many of how many bytes it is done with. */
  readonly onProgress?: (step: 'read' | 'judge', bytes: number, ofBytes: number) => void;
  /** Called with every accepted record, and its number in the file. */
  readonly onAccepted?: (judged: JudgedRecord, number: number) => void;
};

/**
 * Reads a whole file, a block at a time.
 * @throws TainError with the whole-file problem when it cannot be read
 */
export async function validateFile(location: string, request: ValidationRequest): Promise<ValidationReport> {
  const take = (judged: JudgedRecord, number: number): void => {
    if (judged.verdict.accepted) request.onAccepted?.(judged, number);
    if (judged.verdict.issues.length > 0) request.onIssues(judged, number);
  };
  const name = path.basename(location);
  await requireInputFile(location);
  const report = withFile(location, null, async (handle) => {
    const { size: sizeBytes } = await handle.stat();
    const found = await inspectContent(
      handle,
      { name, sizeBytes, sha256: null },
      {
        contentMaxBytes: Infinity,
        onBlock: (bytes) => request.onProgress?.('read', bytes, sizeBytes),
      },
    );
    const header = Buffer.from(found.headerRaw).toString('latin1');
    const layout = readStoredHeader(header);
    request.onLayout?.(layout, found.contentBytes);
    const profile = request.profile ?? INTAKE_PROFILES[layout.format];
    const start = { offset: header.length, line: found.nextLine };
    const { submittedOn, registers } = request;
    const content = readContent(handle, { name, compression: found.compression, offset: start.offset });
    const counts = await judgeFile(
      {
        header,
        context: { profile: PROFILES[profile], submittedOn, registers },
        contentBytes: found.contentBytes,
        start,
        blocks: watch(content, (bytes) => request.onProgress?.('judge', bytes, found.contentBytes)),
      },
      request.onAccepted !== undefined,
      take,
    );
    const { format, era, unknownColumns } = layout;
    return { format, era, profile, submittedOn, unknownColumns, counts };
  });
  return report.catch((error: unknown) => {
    throw toInputError(error, location);
  });
}

/** The blocks, each counted before it is handed on. */
async function* watch(blocks: AsyncIterable<Buffer>, see: (bytes: number) => void): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const block of blocks) {
    see((bytes += block.length));
    yield block;
  }
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

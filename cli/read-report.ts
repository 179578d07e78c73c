/** The lines of a file in the submission format, as they stand: read whole and not judged. */
import path from 'node:path';
import { TainError } from '../contracts/errors.ts';
import { createSplitter, type CsvRecord } from '../domain/csv/split.ts';
import type { Layout } from '../domain/swaps/header.ts';
import { readStoredHeader } from '../domain/swaps/values.ts';
import { isPlainBlock, withFile } from '../platform/file-blocks.ts';
import { readContent } from '../platform/file-content.ts';
import { inspectContent } from '../platform/file-inspection.ts';
import { createSliceHash } from '../platform/slice-hash.ts';
import { requireInputFile, toInputError } from './input-file.ts';

export type ReportReading = {
  /** Called once, before the lines. */
  readonly onLayout: (layout: Layout) => void;
  /** Called with every line behind the header. */
  readonly onRecord: (record: CsvRecord) => void;
  /** Called now and then: how many of how many bytes are read. */
  readonly onProgress: (bytes: number, ofBytes: number) => void;
};

/**
 * Reads a report, a block at a time.
 * @returns SHA-256 of its content, in hex
 * @throws TainError with the whole-file problem when it cannot be read; reconcile.not-submission
 */
export async function readReport(location: string, reading: ReportReading): Promise<string> {
  const name = path.basename(location);
  await requireInputFile(location);
  const read = withFile(location, null, async (handle) => {
    const { size: sizeBytes } = await handle.stat();
    const limits = { contentMaxBytes: Infinity, onBlock: () => undefined };
    const found = await inspectContent(handle, { name, sizeBytes, sha256: null }, limits);
    const header = Buffer.from(found.headerRaw).toString('latin1');
    const layout = readStoredHeader(header);
    if (layout.format !== 'submission') throw new TainError('reconcile.not-submission', { file: name });
    reading.onLayout(layout);
    const splitter = createSplitter({ offset: header.length, line: found.nextLine }, createSliceHash);
    let bytes = header.length;
    const content = readContent(handle, { name, compression: found.compression, offset: header.length });
    for await (const block of content) {
      splitter.push(block.toString('latin1'), isPlainBlock(block), reading.onRecord);
      reading.onProgress((bytes += block.length), found.contentBytes);
    }
    splitter.end(reading.onRecord);
    return found.contentSha256;
  });
  return read.catch((error: unknown) => {
    throw toInputError(error, location);
  });
}

/** A table on disk: its lines as COPY writes them, packed by zstd. Memory stays the same however many lines there are. */
import { createReadStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { writeWholeFile, type WrittenFile } from '../report-file.ts';

const LINE_FEED = 0x0a;

/**
 * Writes the lines, on the disk when it returns.
 * @param onRows called with the rows so far
 * @throws the system's error, as when the disk is full; nothing is left then
 */
export const packLines = (
  location: string,
  lines: AsyncIterable<Buffer>,
  onRows: (rows: number) => void = () => undefined,
): Promise<WrittenFile> =>
  writeWholeFile(location, async (append) => {
    let rows = 0;
    await pipeline(
      lines,
      async function* count(chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          rows += countLines(chunk);
          onRows(rows);
          yield chunk;
        }
      },
      createZstdCompress(),
      async (packed: AsyncIterable<Buffer>) => {
        for await (const bytes of packed) await append(bytes);
      },
    );
    return rows;
  });

/** Hands what `packLines` wrote to a stream, to its end. @throws the error of either; zlib's when it is no such file */
export const unpackLines = (location: string, into: Writable): Promise<void> =>
  pipeline(createReadStream(location), createZstdDecompress(), into);

function countLines(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}

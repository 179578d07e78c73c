/** How many records a file has, without judging them. */
import { createSplitter } from './split.ts';

/**
 * Counts the records behind the header in the chunks of a file, one character per byte.
 * @throws TainError file.record-too-long
 */
export async function countRecords(chunks: AsyncIterable<string>): Promise<number> {
  const splitter = createSplitter();
  let records = 0;
  const count = (): void => {
    records += 1;
  };
  for await (const chunk of chunks) splitter.push(chunk, count);
  splitter.end(count);
  return Math.max(0, records - 1);
}

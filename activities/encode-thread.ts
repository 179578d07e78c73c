/**
 * The thread that encodes one large file, so that the worker's own loop stays free to talk to the database and to
 * Temporal. It runs a few blocks ahead of whoever takes them; each block that is taken lets it make another.
 */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { TainError, type ErrorFacts } from '../contracts/errors.ts';
import { encodeBlocks, type EncodedBlock, type EncodeRequest } from './encode-blocks.ts';

/** What the thread says: a block, its end, or an error of the table. Other errors end it and are seen as such. */
export type ThreadMessage =
  { readonly block: EncodedBlock } | { readonly end: true } | { readonly problem: ErrorFacts };

const BLOCKS_AHEAD = 8;

const port = parentPort!;
let credit = BLOCKS_AHEAD;
port.on('message', () => (credit += 1));

try {
  for await (const block of encodeBlocks(workerData as EncodeRequest)) {
    while (credit === 0) await once(port, 'message');
    credit -= 1;
    // The buffer's memory moves to the receiver instead of being copied.
    port.postMessage({ block } satisfies ThreadMessage, [block.rows.buffer as ArrayBuffer]);
  }
  port.postMessage({ end: true } satisfies ThreadMessage);
} catch (error) {
  if (!(error instanceof TainError)) throw error;
  const { code, params } = error;
  port.postMessage({ problem: { code, params } } satisfies ThreadMessage);
} finally {
  port.close();
}

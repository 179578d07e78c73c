/** What a file's bytes hash to. */
import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';

const BLOCK_BYTES = 1024 * 1024;

/**
 * SHA-256 of a regular file, in hex. Opening never waits, not even for a FIFO that took the file's place.
 * @param isWanted looks at the opened file before it is read
 * @param onBlock called after every block with the bytes so far; may throw to stop
 * @returns null when the file is none, is not wanted, or did not end where its size said
 */
export async function hashFile(
  location: string,
  isWanted: (stats: Stats) => boolean = () => true,
  onBlock: (bytes: number) => void = () => undefined,
): Promise<string | null> {
  const handle = await open(location, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || !isWanted(stats)) return null;
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, stats.size + 1));
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, bytes);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
      onBlock(bytes);
    }
    return bytes === stats.size ? hash.digest('hex') : null;
  } finally {
    await handle.close();
  }
}

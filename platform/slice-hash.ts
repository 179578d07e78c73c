/** SHA-256 for the splitter, which is pure and takes its hash as an argument. */
import { createHash } from 'node:crypto';

/** Hash of a binary string (one character per byte) that comes in pieces. */
export function createSliceHash() {
  const hash = createHash('sha256');
  return {
    update: (piece: string): void => void hash.update(piece, 'latin1'),
    digest: (): string => hash.digest('hex'),
  };
}

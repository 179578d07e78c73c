/** Where a file on disk and the stored slices differ first, when the file is no longer the one that was taken. */
import type { Difference } from '../../contracts/verification.ts';
import type { Tally } from './verify-differences.ts';

export type DiskComparison = {
  /** Compares the stored bytes of a record with those on disk; places only go forward. */
  compare(place: Pick<Difference, 'record' | 'line'>, offset: number, stored: string): Promise<void>;
  /** @param contentBytes where the file that was taken ends */
  end(contentBytes: number): Promise<void>;
};

/** Adds one difference to the tally, the first: behind an inserted byte nothing fits. */
export function createDiskComparison(tally: Tally, disk: AsyncIterable<string>): DiskComparison {
  const chunks = disk[Symbol.asyncIterator]();
  let held = '';
  let heldFrom = 0;
  let isFound = false;

  /** The bytes on disk from `from` to `to`, as far as there are any. */
  async function read(from: number, to: number): Promise<string> {
    while (heldFrom + held.length < to) {
      const next = await chunks.next();
      if (next.done) break;
      const keepFrom = Math.min(held.length, Math.max(0, from - heldFrom));
      held = held.slice(keepFrom) + next.value;
      heldFrom += keepFrom;
    }
    return held.slice(Math.max(0, from - heldFrom), Math.max(0, to - heldFrom));
  }

  return {
    async compare(place, offset, stored) {
      if (isFound || offset < heldFrom) return;
      const onDisk = await read(offset, offset + stored.length);
      if (onDisk === stored) return;
      isFound = true;
      tally.compareBytes('disk', { ...place, bytes: null }, offset, stored, onDisk);
    },
    async end(contentBytes) {
      if (!isFound) {
        const behind = await read(contentBytes, contentBytes + 1);
        const bytes = behind === '' ? null : { from: contentBytes, to: contentBytes + 1 };
        tally.add('disk', { record: null, line: null, bytes }, null, null);
      }
      await chunks.return?.();
    },
  };
}

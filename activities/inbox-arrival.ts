/** A file that stands still: what its bytes hash to, and whether its marker agrees. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ArrivedFile } from '../db/files.ts';
import { judgeByMarker } from '../platform/done-marker.ts';
import { hashFile } from '../platform/file-hash.ts';
import { isMissing, isSame, measure, type Complain, type ListedFile } from './inbox-folders.ts';

/**
 * Hashes a file and compares it with its marker.
 * @param onBlock called after every block with the bytes so far
 * @returns the file to be entered, with the reason when it is to be held; null when it is no longer as it was seen,
 *   or cannot be read
 */
export async function readArrival(
  dataDir: string,
  seen: ListedFile,
  complain: Complain,
  onBlock: (bytes: number) => void,
): Promise<ArrivedFile | null> {
  const location = path.join(dataDir, seen.path);
  const fileName = path.basename(seen.path);
  try {
    const sha256 = await hashFile(location, (stats) => isSame(seen, measure(stats)), onBlock);
    if (sha256 === null || !isSame(seen, measure(await stat(location)))) return null;
    const { sizeBytes, folderDate } = seen;
    const arrived = { folderDate, sha256, fileName, path: seen.path, sizeBytes, marker: seen.marker };
    if (seen.marker === null) return arrived;
    const judged = await judgeByMarker(location, { bytes: sizeBytes, sha256 });
    // A marker that has gone meanwhile: the listing is old.
    return judged && { ...arrived, ...judged };
  } catch (error) {
    if (!isMissing(error)) complain(seen.path, error);
    return null;
  }
}

/** A file that stands still: what its bytes hash to, and whether its marker agrees. */
import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ErrorFacts } from '../contracts/errors.ts';
import type { ArrivedFile } from '../db/files.ts';
import { findDisagreement, parseDoneMarker, type DoneMarker } from '../domain/inbox/done-marker.ts';
import { hashFile } from '../platform/file-hash.ts';
import {
  isMissing,
  isSame,
  MARKER_SUFFIX,
  measure,
  type Complain,
  type ListedFile,
} from './inbox-folders.ts';

/** A marker states three things; what is larger is none. */
const MAX_MARKER_BYTES = 64 * 1024;

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
    const marker = seen.marker === null ? null : await readMarker(location, fileName);
    const { sizeBytes, folderDate } = seen;
    const arrived = { folderDate, sha256, fileName, path: seen.path, sizeBytes, marker: seen.marker };
    if (marker === null) return arrived;
    if ('code' in marker) return { ...arrived, problem: marker };
    const problem = findDisagreement(fileName, marker, { bytes: sizeBytes, sha256 });
    return { ...arrived, expectedRows: marker.rows, problem };
  } catch (error) {
    if (!isMissing(error)) complain(seen.path, error);
    return null;
  }
}

async function readMarker(location: string, file: string): Promise<DoneMarker | ErrorFacts> {
  const unreadable = (params: ErrorFacts['params']): ErrorFacts => ({
    code: 'file.done-unreadable',
    params: { file, ...params },
  });
  const handle = await open(`${location}${MARKER_SUFFIX}`, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(MAX_MARKER_BYTES + 1),
      0,
      MAX_MARKER_BYTES + 1,
      0,
    );
    if (bytesRead > MAX_MARKER_BYTES) return unreadable({ problem: 'too-large', max: MAX_MARKER_BYTES });
    const bytes = buffer.subarray(0, bytesRead);
    if (!isUtf8(bytes)) return unreadable({ problem: 'not-utf8' });
    const marker = parseDoneMarker(bytes.toString());
    return 'problem' in marker ? unreadable(marker) : marker;
  } finally {
    await handle.close();
  }
}

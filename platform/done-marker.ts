/** The `.done` marker beside a file, and what it says of it. */
import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { ErrorFacts } from '../contracts/errors.ts';
import { findDisagreement, MARKER_SUFFIX, parseDoneMarker } from '../domain/inbox/done-marker.ts';

/** A marker states three things; what is larger is none. */
const MAX_MARKER_BYTES = 64 * 1024;

/** What is to be entered with the file. */
export type MarkerJudgement = { readonly expectedRows?: number | null; readonly problem?: ErrorFacts | null };

/**
 * Compares a file with the marker beside it.
 * @param location of the file on disk
 * @returns null when no marker lies there
 */
export async function judgeByMarker(
  location: string,
  actual: { readonly bytes: number; readonly sha256: string },
): Promise<MarkerJudgement | null> {
  const file = path.basename(location);
  const bytes = await readMarker(`${location}${MARKER_SUFFIX}`);
  if (bytes === null) return null;
  const unreadable = (params: ErrorFacts['params']): MarkerJudgement => ({
    problem: { code: 'file.done-unreadable', params: { file, ...params } },
  });
  if (bytes.length > MAX_MARKER_BYTES) return unreadable({ problem: 'too-large', max: MAX_MARKER_BYTES });
  if (!isUtf8(bytes)) return unreadable({ problem: 'not-utf8' });
  const marker = parseDoneMarker(bytes.toString());
  if ('problem' in marker) return unreadable(marker);
  return { expectedRows: marker.rows, problem: findDisagreement(file, marker, actual) };
}

async function readMarker(location: string): Promise<Buffer | null> {
  // Opening never waits, not even for a FIFO.
  const handle = await open(location, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) return null;
  try {
    if (!(await handle.stat()).isFile()) return null;
    const buffer = Buffer.alloc(MAX_MARKER_BYTES + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

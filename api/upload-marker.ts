/** What a `.done` marker that lies already beside an upload's name says of it: judged as the inbox would. */
import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { ErrorFacts } from '../contracts/errors.ts';
import type { ArrivedFile } from '../db/files.ts';
import { findDisagreement, parseDoneMarker } from '../domain/inbox/done-marker.ts';

/** As in the inbox: a marker states three things; what is larger is none. */
const MAX_MARKER_BYTES = 64 * 1024;

/**
 * Compares a received file with the marker beside it.
 * @param location of the file on disk
 * @returns what is to be entered with the file; nothing when no marker lies there
 */
export async function judgeByMarker(
  location: string,
  actual: { readonly bytes: number; readonly sha256: string },
): Promise<Pick<ArrivedFile, 'expectedRows' | 'problem'>> {
  const file = path.basename(location);
  const bytes = await readMarker(`${location}.done`);
  if (bytes === null) return {};
  const unreadable = (params: ErrorFacts['params']) => ({
    problem: { code: 'file.done-unreadable', params: { file, ...params } } as const,
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

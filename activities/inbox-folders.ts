/** Looking into the folders of the inbox: what lies there, and which of it cannot be read. */
import { isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { inboxFolder, parseFolderDate } from '../contracts/folders.ts';
import { MARKER_SUFFIX } from '../domain/inbox/done-marker.ts';
import type { SeenFile } from '../db/inbox.ts';

/** Files that are looked at together: the system's calls overlap, and ten thousand do not queue up at once. */
const STATS_AT_ONCE = 64;

/** Takes note of a place that cannot be read. */
export type Complain = (place: string, error: unknown) => void;

/** A file as it lies there, with what identifies its marker: its size and times; null when there is none. */
export type ListedFile = SeenFile & {
  readonly marker: string | null;
  /** Is the marker of the file as it is now, not older than its last change? */
  readonly isMarked: boolean;
};

export type Listing = {
  readonly files: readonly ListedFile[];
  /** Every folder in which something may happen, the newest day first. */
  readonly folders: readonly string[];
};

/** Names that are still being written, or that are none of ours. */
export const isIgnored = (name: string): boolean =>
  name.startsWith('.') || name.endsWith('.part') || name.endsWith('.tmp');

export const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

type Measures = Pick<SeenFile, 'sizeBytes' | 'mtimeMs' | 'ctimeMs'>;

export const measure = ({ size, mtimeMs, ctimeMs }: Stats): Measures => ({
  sizeBytes: size,
  mtimeMs,
  ctimeMs,
});

/** Is a file still the one that was seen? The change time tells a replacement of the same size and age. */
export function isSame(seen: Measures, now: Measures): boolean {
  return seen.sizeBytes === now.sizeBytes && seen.mtimeMs === now.mtimeMs && seen.ctimeMs === now.ctimeMs;
}

/** Every file in every <yyyymmdd>/rec, whatever its date: late files are found too. */
export async function listInbox(dataDir: string, complain: Complain): Promise<Listing> {
  const days = (await listNames(dataDir, '', () => undefined)).filter(
    (name) => parseFolderDate(name) !== null,
  );
  const files: ListedFile[] = [];
  const folders = [dataDir];
  for (const day of days.sort().reverse()) {
    const relative = inboxFolder(day);
    const folder = path.join(dataDir, relative);
    const names = await listNames(dataDir, relative, complain);
    // The day's folder too: rec may not be there yet.
    folders.push(folder, path.join(dataDir, day));
    files.push(...(await measureFiles(dataDir, relative, parseFolderDate(day)!, names, complain)));
  }
  return { files, folders };
}

async function measureFiles(
  dataDir: string,
  relative: string,
  folderDate: string,
  names: readonly string[],
  complain: Complain,
): Promise<ListedFile[]> {
  const found = new Map<string, Measures>();
  const wanted = names.filter((name) => !isIgnored(name));
  for (let from = 0; from < wanted.length; from += STATS_AT_ONCE) {
    await Promise.all(
      wanted.slice(from, from + STATS_AT_ONCE).map(async (name) => {
        const place = path.posix.join(relative, name);
        try {
          const stats = await stat(path.join(dataDir, place));
          if (stats.isFile()) found.set(name, measure(stats));
        } catch (error) {
          if (!isMissing(error)) complain(place, error);
        }
      }),
    );
  }
  return wanted.flatMap((name) => {
    const measures = found.get(name);
    if (!measures || name.endsWith(MARKER_SUFFIX)) return [];
    const marker = found.get(`${name}${MARKER_SUFFIX}`);
    const identity = marker ? `${marker.sizeBytes}/${marker.mtimeMs}/${marker.ctimeMs}` : null;
    const isMarked = marker !== undefined && marker.ctimeMs >= measures.ctimeMs;
    return [{ path: path.posix.join(relative, name), folderDate, ...measures, marker: identity, isMarked }];
  });
}

/** Names in a folder, sorted. One that is not UTF-8 cannot be kept as text, and is complained of. */
async function listNames(dataDir: string, relative: string, complain: Complain): Promise<string[]> {
  try {
    const names = await readdir(path.join(dataDir, relative), { encoding: 'buffer' });
    const readable = names.filter((name) => {
      if (!isUtf8(name))
        complain(path.posix.join(relative, showBytes(name)), new Error('the name is not UTF-8'));
      return isUtf8(name);
    });
    return readable.map((name) => name.toString()).sort();
  } catch (error) {
    if (!isMissing(error)) complain(relative === '' ? dataDir : relative, error);
    return [];
  }
}

/** A name whose bytes are no text, so that a person can find it: `caf\xe9.csv`. */
function showBytes(name: Buffer): string {
  return name.toString('latin1').replaceAll(/[^\x20-\x7e]/g, (byte) => {
    return `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

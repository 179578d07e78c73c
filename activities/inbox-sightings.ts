/**
 * What the inbox remembers of the folders between two looks, kept in line with its table. Ages are told by this
 * process's own steady clock; those of an earlier process by the database's: two clocks are never compared.
 */
import {
  forgetSightings,
  loadSightings,
  recordSightings,
  type SeenFile,
  type Sighting,
} from '../db/inbox.ts';
import type { Sql } from '../platform/postgres.ts';
import { isSame, type ListedFile } from './inbox-folders.ts';

/** A marker is written in one go or nearly so: it counts when it has stood still this long. */
const MARKER_STILL_MS = 100;

export type Remembered = ListedFile & {
  fileId: number | null;
  /** The marker that the file was taken with. */
  takenWith: string | null;
  /** Milliseconds of this process's steady clock. */
  stillSince: number;
  markerSince: number;
  /** Not to be tried again before. */
  notBefore: number;
};

export type Sightings = Awaited<ReturnType<typeof loadRemembered>>;

/** @param settleMs how long a file must have stood still that has no marker, or one from before its last change */
export async function loadRemembered(sql: Sql, settleMs: number) {
  const files = new Map<string, Remembered>();
  for (const sighting of await loadSightings(sql))
    files.set(sighting.path, remember(sighting, sighting.marker));

  const dueAt = (file: Remembered): number => {
    if (file.fileId !== null && file.marker === file.takenWith) return Infinity;
    const settledAt =
      file.isMarked || file.fileId !== null
        ? file.markerSince + Math.min(MARKER_STILL_MS, settleMs)
        : file.stillSince + settleMs;
    return Math.max(settledAt, file.notBefore);
  };

  return {
    count: () => files.size,

    /** Is the file there, and still to be taken? */
    isOpen(path: string): boolean {
      const file = files.get(path);
      return file !== undefined && dueAt(file) < Infinity;
    },

    /** Brings memory and table in line with the folders as they are now. */
    async update(listed: readonly ListedFile[]): Promise<void> {
      const changed = listed.filter((file) => {
        const known = files.get(file.path);
        return !known || !isSame(known, file);
      });
      for (const sighting of await recordSightings(sql, changed)) {
        files.set(sighting.path, remember(sighting, null));
      }
      for (const { path, marker, isMarked } of listed) {
        const known = files.get(path)!;
        if (known.marker === marker) continue;
        files.set(path, { ...known, marker, isMarked, markerSince: performance.now() });
      }
      const present = new Set(listed.map((file) => file.path));
      const gone = [...files.keys()].filter((seen) => !present.has(seen));
      await forgetSightings(sql, gone);
      for (const seen of gone) files.delete(seen);
    },

    /** Files that have stood still long enough, or whose marker says something new; the longest waiting first. */
    due(): Remembered[] {
      const now = performance.now();
      return [...files.values()]
        .filter((file) => dueAt(file) <= now)
        .sort((one, other) => one.stillSince - other.stillSince);
    },

    /** When the next file is due, in milliseconds of the steady clock; Infinity: none is expected. */
    nextDueAt(): number {
      let next = Infinity;
      for (const file of files.values()) next = Math.min(next, dueAt(file));
      return next;
    },

    /** The file was taken, or its marker noted. */
    settle(file: Remembered, fileId: number): void {
      files.set(file.path, { ...file, fileId, takenWith: file.marker });
    },

    /** The file could not be taken now. */
    postpone(file: Remembered, ms: number): void {
      files.set(file.path, { ...file, notBefore: performance.now() + ms });
    },
  };
}

function remember(
  { stoodStillMs, fileId, marker: takenWith, ...seen }: Sighting,
  marker: string | null,
): Remembered {
  const now = performance.now();
  const file: SeenFile = seen;
  return {
    ...file,
    marker,
    isMarked: false,
    fileId,
    takenWith,
    stillSince: now - stoodStillMs,
    markerSince: now,
    notBefore: 0,
  };
}

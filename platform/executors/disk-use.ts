/** What a folder takes on its disk. */
import { lstat, opendir, statfs } from 'node:fs/promises';
import path from 'node:path';

/**
 * Bytes of all files below a folder, as blocks on the disk, so that holes count nothing. Links are not followed. What
 * comes and goes meanwhile is no error.
 */
export async function measureFolder(folder: string): Promise<number> {
  let bytes = 0;
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const entries = await opendir(next).catch(() => null);
    if (!entries) continue;
    try {
      for await (const entry of entries) {
        const location = path.join(next, entry.name);
        if (entry.isDirectory()) open.push(location);
        else bytes += ((await lstat(location).catch(() => null))?.blocks ?? 0) * 512;
      }
    } catch {
      // Removed while it was listed.
    }
  }
  return bytes;
}

/** Bytes that are free for this user on the disk of a path. */
export async function measureFree(location: string): Promise<number> {
  const { bavail, bsize } = await statfs(location);
  return bavail * bsize;
}

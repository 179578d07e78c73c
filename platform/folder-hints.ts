/**
 * Hints that something happened in folders: one watch of the operating system per folder. A hint may be missing or
 * superfluous; whoever gets one looks for himself.
 */
import { watch, type FSWatcher } from 'node:fs';
import path from 'node:path';

/** More than these many newest folders are not watched: what happens in the others is found by the next listing. */
const MAX_FOLDERS = 256;

export type FolderHints = {
  /** Watches exactly these folders from now on, the first ones when they are too many. */
  follow(folders: readonly string[]): void;
  close(): void;
};

/**
 * @param onHint told the name of what changed, null when the system does not say
 * @param onFailure told why a folder cannot be watched: that costs time until the next listing, and nothing else
 */
export function openFolderHints(
  onHint: (name: string | null) => void,
  onFailure: (folder: string, error: unknown) => void,
): FolderHints {
  const watchers = new Map<string, FSWatcher>();

  const drop = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };

  const add = (folder: string): void => {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        // A folder that is itself removed or renamed reports its own name: a new one there needs a new watch.
        if (name === path.basename(folder)) drop(folder);
        onHint(name);
      });
      watcher.on('error', (error) => {
        drop(folder);
        onFailure(folder, error);
      });
      watchers.set(folder, watcher);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') onFailure(folder, error);
    }
  };

  return {
    follow(folders) {
      const wanted = new Set(folders.slice(0, MAX_FOLDERS));
      for (const folder of [...watchers.keys()]) if (!wanted.has(folder)) drop(folder);
      for (const folder of wanted) if (!watchers.has(folder)) add(folder);
    },
    close() {
      for (const folder of [...watchers.keys()]) drop(folder);
    },
  };
}

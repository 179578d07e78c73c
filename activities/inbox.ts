/**
 * Watching the inbox, TAIN_DATA_DIR/<yyyymmdd>/rec. The listing is the truth; what it saw is kept in Postgres, so
 * that a restart neither forgets a file nor takes it twice. The folders belong to the front-end processor: nothing in
 * them is moved, changed or removed. A file or folder that cannot be read holds up no other.
 */
import path from 'node:path';
import { Context, log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { InboxCycle } from '../contracts/inbox.ts';
import { countFilesByState } from '../db/files.ts';
import { recordUnreadable } from '../db/inbox.ts';
import { openFolderHints } from '../platform/folder-hints.ts';
import type { Sql } from '../platform/postgres.ts';
import { createAlarm } from './alarm.ts';
import { keepBeating } from './heartbeat.ts';
import { isIgnored, listInbox } from './inbox-folders.ts';
import { keepStarting } from './inbox-queue.ts';
import { loadRemembered } from './inbox-sightings.ts';
import { takeDue } from './inbox-taking.ts';

export type InboxDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  readonly dataDir: string;
  readonly settleMs: number;
  readonly pollMs: number;
  readonly cycleMs: number;
  readonly maxOpen: number;
};

export type InboxActivities = ReturnType<typeof createInboxActivities>;

/** Hints come in showers: listings that they ask for keep this distance, and take no more than a fifth of the time. */
const LISTING_DISTANCE_MS = 100;
const LISTING_SHARE = 4;

export function createInboxActivities(dependencies: InboxDependencies) {
  const { cycleMs } = dependencies;
  // Of the process, not of a cycle: each trouble is told once.
  const complained = new Set<string>();
  return {
    /**
     * Watches for `cycleMs` milliseconds: lists, takes settled files, keeps at most `maxOpen` ingests running.
     * Safe to retry: files are entered under their identity and workflows are started under theirs.
     */
    async watchInbox(): Promise<InboxCycle> {
      const ended = new AbortController();
      // A worker that stops wakes us: ending well, not failing, spares the next attempt its backoff.
      const signal = AbortSignal.any([Context.current().cancellationSignal, ended.signal]);
      const until = performance.now() + cycleMs;
      const queue = createAlarm();
      const watch = await createWatch(dependencies, complained, queue.ring);
      const endBoth = (): void => ended.abort();
      return keepBeating(watch.progress, async () => {
        const loops = await Promise.allSettled([
          watch.run(until, signal).finally(endBoth),
          keepStarting(dependencies, queue, signal).finally(endBoth),
        ]);
        for (const loop of loops) if (loop.status === 'rejected') throw loop.reason;
        return watch.cycle();
      });
    },
  };
}

/** What one watching activity does and remembers between two looks. */
async function createWatch(
  { sql, dataDir, settleMs, pollMs }: InboxDependencies,
  complained: Set<string>,
  onTaken: () => void,
) {
  const sightings = await loadRemembered(sql, settleMs);
  const alarm = createAlarm();
  /** What listings could not read, and what could be listed but not opened. */
  const unlisted = new Map<string, string>();
  const unopened = new Map<string, string>();
  let recorded: string | null = null;
  let progress: object = {};
  let taken = 0;
  let isHinted = true;

  const complainIn =
    (troubles: Map<string, string>) =>
    (place: string, error: unknown): void => {
      if (!complained.has(place)) log.warn('inbox.unreadable', { place, error: String(error) });
      troubles.set(place, String(error));
      complained.add(place);
    };

  const hints = openFolderHints(
    (name) => {
      if (isHinted || (name !== null && isIgnored(name))) return;
      isHinted = true;
      alarm.ring();
    },
    (folder, error) => {
      // One line for all folders: what they lack is the same, and only time is lost.
      if (!complained.has('hints')) log.warn('inbox.no-hints', { folder, error: String(error), pollMs });
      complained.add('hints');
    },
  );

  /** Lists the folders. */
  async function look(): Promise<void> {
    isHinted = false;
    unlisted.clear();
    const { files, folders } = await listInbox(dataDir, complainIn(unlisted));
    hints.follow(folders);
    await sightings.update(files);
  }

  async function take(signal: AbortSignal): Promise<void> {
    const result = await takeDue(
      { sql, dataDir, sightings, complain: complainIn(unopened), retryMs: pollMs, onTaken },
      (file, bytes) => {
        signal.throwIfAborted();
        progress = { hashing: path.basename(file), bytes };
      },
    );
    taken += result.taken;
    // A file that was not what the listing saw: the listing is old.
    if (result.isStale) isHinted = true;
    await tellUnreadable();
  }

  /** Keeps what cannot be read now where people can see it. */
  async function tellUnreadable(): Promise<void> {
    for (const place of unopened.keys()) if (!sightings.isOpen(place)) unopened.delete(place);
    const unreadable = [...unlisted, ...unopened].map(([place, reason]) => ({ place, reason }));
    if (JSON.stringify(unreadable) === recorded) return;
    await recordUnreadable(sql, unreadable);
    recorded = JSON.stringify(unreadable);
    const places = new Set(unreadable.map(({ place }) => place));
    for (const place of complained) if (place !== 'hints' && !places.has(place)) complained.delete(place);
  }

  const count = async (): Promise<InboxCycle> => {
    const counts = await countFilesByState(sql);
    return { taken, inFolders: sightings.count(), unreadable: unlisted.size + unopened.size, ...counts };
  };

  return {
    progress: () => progress,
    cycle: count,

    async run(until: number, signal: AbortSignal): Promise<void> {
      let [listedAt, listingMs] = [-Infinity, 0];
      try {
        for (;;) {
          const now = performance.now();
          const distance = Math.max(LISTING_DISTANCE_MS, listingMs * LISTING_SHARE);
          if (now >= listedAt + (isHinted ? distance : pollMs)) {
            await look();
            listedAt = performance.now();
            listingMs = listedAt - now;
          }
          await take(signal);
          onTaken();
          progress = await count();
          if (performance.now() >= until || signal.aborted) return;
          const listAt = listedAt + (isHinted ? distance : pollMs);
          await alarm.sleep(Math.min(until, listAt, sightings.nextDueAt()) - performance.now(), signal);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        hints.close();
      }
    },
  };
}

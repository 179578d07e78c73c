/**
 * The feeds file (TAIN_FEEDS_FILE): which feeds are read, from where and how. It is read anew whenever a feed is started,
 * so that a correction needs no restart. Passwords stand in files of their own and go no further than the login.
 */
import type { JSONValue } from 'postgres';
import { z } from 'zod';
import { TainError } from '../../contracts/errors.ts';
import { printable, readPassword as readPasswordFile, readSettings } from '../settings-file.ts';
import { SESSION_DEFAULTS } from './session-settings.ts';

const ERRORS_OF_FEEDS = { invalid: 'feeds.invalid', unreadable: 'feeds.unreadable' } as const;

const milliseconds = z.int().min(1).max(3_600_000);
const address = { host: z.string().min(1), port: z.int().min(1).max(65_535) };

/** Where a session is had, who logs in, and how long its sides may be silent. */
export const SESSION_FIELDS = {
  ...address,
  user: printable(6).default(''),
  passwordFile: z.string().min(1).optional(),
  connectMs: milliseconds.default(SESSION_DEFAULTS.connectMs),
  heartbeatMs: milliseconds.default(SESSION_DEFAULTS.heartbeatMs),
  silenceMs: milliseconds.default(SESSION_DEFAULTS.silenceMs),
  packetMs: milliseconds.default(SESSION_DEFAULTS.packetMs),
};

const Feed = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'is no feed name: a-z, 0-9 and "-", at most 40'),
  kind: z.literal('tcp-session'),
  ...SESSION_FIELDS,
  /** Is the sender told what became of each message? */
  acknowledge: z.boolean().default(false),
  /** Where messages of a gap can be had again. */
  replay: z.strictObject(address).optional(),
});

const FeedsFile = z
  .strictObject({ feeds: z.array(Feed) })
  .refine(({ feeds }) => new Set(feeds.map(({ name }) => name)).size === feeds.length, {
    message: 'two feeds have the same name',
    path: ['feeds'],
  });

export type FeedSettings = z.output<typeof Feed>;

/**
 * The feeds of a file.
 * @param file undefined: there are none
 * @throws TainError feeds.invalid, naming the file, the place in it and what is wrong; feeds.unreadable
 */
export async function loadFeeds(file: string | undefined): Promise<readonly FeedSettings[]> {
  return file === undefined ? [] : (await readSettings(file, FeedsFile, ERRORS_OF_FEEDS)).feeds;
}

/**
 * The settings of one feed.
 * @throws TainError feed.not-configured, feeds.invalid, feeds.unreadable
 */
export async function loadFeed(file: string | undefined, name: string): Promise<FeedSettings> {
  const found = (await loadFeeds(file)).find((feed) => feed.name === name);
  if (!found) throw new TainError('feed.not-configured', { feed: name, file: file ?? 'TAIN_FEEDS_FILE' });
  return found;
}

/**
 * Settings as `describeFeed` kept them, for a feed whose file cannot be used now.
 * @returns null when they are none of this version
 */
export const readDescription = (kept: JSONValue): FeedSettings | null => Feed.safeParse(kept).data ?? null;

/** Settings as they are kept and shown: there is no secret in them. */
export const describeFeed = (settings: FeedSettings): JSONValue => ({ ...settings });

/**
 * The password of a feed, '' when it has none.
 * @throws TainError feeds.unreadable
 */
export const readPassword = (feedsFile: string, settings: FeedSettings): Promise<string> =>
  readPasswordFile(feedsFile, settings, ERRORS_OF_FEEDS);

/**
 * The feeds file (TAIN_FEEDS_FILE): which feeds are read, from where and how. It is read anew whenever a feed is started,
 * so that a correction needs no restart. Passwords stand in files of their own and go no further than the login.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { JSONValue } from 'postgres';
import { z } from 'zod';
import { TainError } from '../../contracts/errors.ts';
import { SESSION_DEFAULTS } from './session-settings.ts';

const printable = (max: number) => z.string().regex(new RegExp(`^[\\x21-\\x7e]{0,${max}}$`));
const milliseconds = z.int().min(1).max(3_600_000);
const address = { host: z.string().min(1), port: z.int().min(1).max(65_535) };

const Feed = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'is no feed name: a-z, 0-9 and "-", at most 40'),
  kind: z.literal('tcp-session'),
  ...address,
  user: printable(6).default(''),
  passwordFile: z.string().min(1).optional(),
  /** Is the sender told what became of each message? */
  acknowledge: z.boolean().default(false),
  /** Where messages of a gap can be had again. */
  replay: z.strictObject(address).optional(),
  connectMs: milliseconds.default(SESSION_DEFAULTS.connectMs),
  heartbeatMs: milliseconds.default(SESSION_DEFAULTS.heartbeatMs),
  silenceMs: milliseconds.default(SESSION_DEFAULTS.silenceMs),
  packetMs: milliseconds.default(SESSION_DEFAULTS.packetMs),
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
  if (file === undefined) return [];
  const text = await read(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TainError('feeds.invalid', { file, place: 'the file', problem: (error as Error).message });
  }
  const parsed = FeedsFile.safeParse(value);
  if (parsed.success) return parsed.data.feeds;
  const [issue] = parsed.error.issues;
  throw new TainError('feeds.invalid', {
    file,
    place: issue!.path.join('.') || 'the file',
    problem: issue!.message,
  });
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
export async function readPassword(feedsFile: string, { name, passwordFile }: FeedSettings): Promise<string> {
  if (passwordFile === undefined) return '';
  const place = path.resolve(path.dirname(feedsFile), passwordFile);
  const password = (await read(place)).trimEnd();
  if (!printable(10).safeParse(password).success)
    throw new TainError('feeds.invalid', {
      file: place,
      place: name,
      problem: 'a password has at most 10 printable characters',
    });
  return password;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new TainError('feeds.unreadable', { file, reason }, { cause: error });
  }
}

/** Lets the demonstration feed be read: never beside feeds or files of somebody's own, nor into a database of theirs. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { countRealFeeds } from '../db/demo.ts';
import type { Sql } from '../platform/postgres.ts';
import { DEMO_FEED } from './feed/sessions.ts';
import { whyNoDemo } from './load-day.ts';
import { writeDemoSettings } from './write-settings.ts';

export type DemoFeedRequest = {
  readonly isExternalDatabase: boolean;
  /** TAIN_FEEDS_FILE, as somebody has set it. */
  readonly feedsFile: string | undefined;
};

/** Why the demonstration feed stays away; null when it does not. */
export async function whyNoDemoFeed(sql: Sql, request: DemoFeedRequest): Promise<string | null> {
  if (request.feedsFile !== undefined) return 'TAIN_FEEDS_FILE names feeds of your own';
  const feeds = await countRealFeeds(sql, DEMO_FEED);
  if (feeds > 0) return `feeds of your own are here (${feeds})`;
  return whyNoDemo(sql, request.isExternalDatabase);
}

/** Where the demonstration's own feeds file is. */
export const demoFeedsFile = (stateDir: string): string => path.join(stateDir, 'demo', 'feeds.json');

/** The port that the demonstration feed had at the last start; null when there was none. */
export async function readDemoFeedPort(file: string): Promise<number | null> {
  try {
    const { feeds } = JSON.parse(await readFile(file, 'utf8')) as { feeds: { port: number }[] };
    return Number.isInteger(feeds[0]?.port) ? feeds[0]!.port : null;
  } catch {
    return null;
  }
}

/** Writes the feeds file of the demonstration; it is complete whenever there is one. */
export async function writeDemoFeeds(file: string, port: number): Promise<void> {
  const feed = {
    name: DEMO_FEED,
    kind: 'tcp-session',
    host: '127.0.0.1',
    port,
    user: 'tain',
    acknowledge: true,
  };
  await writeDemoSettings(file, { feeds: [feed] });
}

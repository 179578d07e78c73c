/** Opens a configured feed as a source of messages: the one place that knows the kinds of feeds. */
import type { FeedEvent, FeedPosition, FeedSource } from './feed-source.ts';
import { readPassword, type FeedSettings } from './feed-config.ts';
import { SESSION_DEFAULTS } from './session-settings.ts';
import { openTcpSession } from './tcp-session.ts';

export type OpenFeed = (from: FeedPosition | null, observe: (event: FeedEvent) => void) => FeedSource;

/**
 * Reads what opening needs, so that opening itself cannot fail.
 * @param place where it is connected to; the feed's own address or that of its replay
 * @throws TainError feeds.unreadable, feeds.invalid
 */
export async function prepareFeed(
  feedsFile: string,
  settings: FeedSettings,
  place: { readonly host: string; readonly port: number } = settings,
): Promise<OpenFeed> {
  const password = await readPassword(feedsFile, settings);
  const { name, user, connectMs, heartbeatMs, silenceMs, packetMs } = settings;
  const { host, port } = place;
  return (from, observe) =>
    openTcpSession(
      {
        ...SESSION_DEFAULTS,
        feed: name,
        host,
        port,
        user,
        password,
        connectMs,
        heartbeatMs,
        silenceMs,
        packetMs,
      },
      from,
      observe,
    );
}

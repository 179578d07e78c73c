import { afterEach, describe, expect, it } from '@jest/globals';
import { startLiveFeed } from '../../../demo/feed/live-feed.ts';
import type { FeedPort } from '../../../demo/feed/listen.ts';
import type { PlannedMessage } from '../../../demo/feed/plan.ts';
import { problemsOf, readAll, useFeeds } from '../../support/feeds.ts';
import { until } from '../../support/until.ts';

const { open } = useFeeds();
const NOW = Date.parse('2026-11-21T13:42:00Z');
const MESSAGES = 30;
const running: FeedPort[] = [];
afterEach(async () => {
  for (const feed of running.splice(0)) await feed.close();
});

/** Messages that say which session they are of; all of them are due at once. */
const plan = (session: string): PlannedMessage[] | null =>
  /^\d{10}$/.test(session)
    ? Array.from({ length: MESSAGES }, (_, at) => ({
        sequence: at + 1,
        sendAtMs: 0,
        bytes: Buffer.from(`${session} ${at + 1}`),
        content: 'record',
        original: null,
        expected: { verdict: 'accepted', ruleIds: [] },
        disruption: null,
        span: 0,
      }))
    : null;

async function start(options: { now?: number; port?: number; plan?: typeof plan } = {}): Promise<FeedPort> {
  const feed = await startLiveFeed({
    port: options.port ?? 0,
    now: () => options.now ?? NOW,
    plan: options.plan ?? plan,
  });
  running.push(feed);
  return feed;
}

const texts = (messages: readonly { readonly bytes: Uint8Array }[]): string[] =>
  messages.map(({ bytes }) => Buffer.from(bytes).toString());
const allOf = (session: string, from = 1): string[] => texts(plan(session)!).slice(from - 1);

describe('the live feed', () => {
  it('gives a consumer session after session, none of them twice within a minute', async () => {
    const { port } = await start();

    const sessions = [];
    for (let round = 0; round < 3; round += 1) {
      const consumer = open(port);
      const messages = await readAll(consumer);
      sessions.push(messages[0]!.position.shard);
      expect(texts(messages)).toEqual(allOf(sessions.at(-1)!));
      expect(consumer.status().state).toBe('ended');
    }

    expect(sessions).toEqual(['2611211342', '2611211343', '2611211344']);
  });

  it.each([
    ['after it was killed and started again', NOW],
    ['on the next day', NOW + 86_400_000],
    ['after its clock was set back', NOW - 3_600_000],
  ])('goes on with the session that a consumer is in, %s', async (_, now) => {
    const first = await start();
    const begun = await readAll(open(first.port), 10);
    await running.pop()!.close();
    const again = await start({ now });

    const consumer = open(again.port, { shard: begun[0]!.position.shard, offset: 11 });
    const rest = await readAll(consumer);
    const next = await readAll(open(again.port), 1);

    expect(texts(rest)).toEqual(allOf('2611211342', 11));
    expect(problemsOf(consumer)).toEqual([]);
    expect(next[0]!.position.shard).not.toBe('2611211342');
  });

  it.each([MESSAGES + 1, MESSAGES + 500])(
    'ends a session for a consumer that has had all of it and asks for %i, and never begins it anew',
    async (offset) => {
      const { port } = await start();

      const consumer = open(port, { shard: '2611211342', offset });

      expect(await readAll(consumer)).toEqual([]);
      expect(consumer.status()).toMatchObject({ state: 'ended', problem: null });
      expect(consumer.events).toContainEqual({ type: 'ended', shard: '2611211342', next: offset });
    },
  );

  it('has no session of another name, and one consumer at a time', async () => {
    const slow = (session: string) =>
      plan(session)?.map((message) => ({ ...message, sendAtMs: message.sequence * 60_000 })) ?? null;
    const { port } = await start({ plan: slow });
    const stranger = open(port, { shard: 'DAY1', offset: 5 });
    await until(async () => expect(problemsOf(stranger)).toEqual(['feed.session-unavailable']));
    await stranger.close();
    const first = open(port);
    await until(async () => expect(first.status().state).toBe('connected'));
    const second = open(port);
    await until(async () => expect(problemsOf(second)).toEqual(['feed.session-in-use']));

    expect(first.status().state).toBe('connected');
  });

  it('goes on at its pace from wherever the consumer is, without what it missed at once', async () => {
    const paced = (session: string) =>
      plan(session)?.map((message) => ({ ...message, sendAtMs: message.sequence * 10_000 })) ?? null;
    const { port } = await start({ plan: paced });

    const consumer = open(port, { shard: '2611211342', offset: 20 });
    const messages = await consumer.read({ max: MESSAGES, waitMs: 2000, lingerMs: 200 });

    expect(texts(messages)).toEqual(['2611211342 20']);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { FeedDetail, FeedList, MessagePage } from '../../contracts/feeds.schema.ts';
import type { Issue } from '../../contracts/issues.ts';
import type { Role } from '../../contracts/policy.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useDataDir } from '../support/files.ts';
import { storeFeed, storeLatencies, storeStatus } from '../support/stored-feeds.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
let app: FastifyInstance;

beforeAll(async () => {
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, TAIN_RATE_LIMIT: '1000000' },
  );
});
afterAll(async () => {
  await app.close();
});
beforeEach(async () => {
  await database.sql`truncate feed, feed_basis, feed_journal, feed_gap, feed_altered, feed_status, feed_latency`;
});

const get = (url: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url, headers: { ...bearer(tokenFor('viewer')), ...headers } });
const post = (url: string, payload: object, role: Role = 'operator') =>
  app.inject({ method: 'POST', url, headers: bearer(tokenFor(role)), payload });
const detailOf = async (feed: string): Promise<FeedDetail> =>
  (await get(`/v1/feeds/${feed}`)).json<FeedDetail>();
const NOT_JSON: Issue = {
  ruleId: 'feed.not-json',
  severity: 'error',
  element: null,
  column: null,
  value: '{',
  params: {},
};

describe('the list of feeds', () => {
  it('shows where each stands and how it is doing, by name', async () => {
    await storeFeed(database.sql, 'fx', [{ raw: '{}' }, null, { raw: '{}' }]);
    await storeFeed(database.sql, 'desk');
    await storeStatus(database.sql, 'fx', 'connected');

    const { feeds } = (await get('/v1/feeds')).json<FeedList>();

    expect(feeds.map(({ name }) => name)).toEqual(['desk', 'fx']);
    expect(feeds[1]).toMatchObject({
      state: 'connected',
      wanted: { state: 'running', by: 'somebody' },
      session: 'S1',
      next: 4,
      journalled: 2,
      lag: { messages: 7, ms: 1500 },
      latency: { p50Ms: 2, p99Ms: 9 },
      rate: 20,
      gaps: { open: 1, missing: 1 },
      problem: null,
      workflowId: 'stream/fx',
    });
  });

  it('names a session that began anew as it is journalled, and counts its gaps alone', async () => {
    await storeFeed(database.sql, 'fx', [null, { raw: '{}' }], { generation: 2 });
    await database.sql`
      insert into feed_gap (feed, session, from_sequence, to_sequence) values ('fx', 'S1', 10, 20)`;

    const { feeds } = (await get('/v1/feeds')).json<FeedList>();

    expect(feeds[0]).toMatchObject({ session: 'S1#2', journalled: 1, gaps: { open: 2, missing: 11 } });
  });

  it.each([
    ['nobody has ever read it', 'running', null, 0, 'unattended'],
    ['its reader has been silent', 'running', 'connected', 60, 'unattended'],
    ['the clock was set back since its reader was heard', 'running', 'connected', -3600, 'unattended'],
    ['its next session is awaited', 'running', 'ended', 20, 'ended'],
    ['nobody awaits its next session', 'running', 'ended', 120, 'unattended'],
    ['its reader is there', 'running', 'waiting', 0, 'waiting'],
    ['it waits for somebody’s decision, however long', 'running', 'stopped', 6000, 'stopped'],
    ['it was resumed a moment ago', 'running', 'paused', 0, 'connecting'],
    ['it is paused, whatever its reader said last', 'paused', 'connected', 60, 'paused'],
    ['it is not configured any more', 'removed', 'connected', 60, 'removed'],
  ] as const)('says of a feed that %s (%s, %s): %s', async (_, wanted, state, ageSeconds, shown) => {
    await storeFeed(database.sql, 'fx', [], { wanted });
    if (state !== null) await storeStatus(database.sql, 'fx', state, { ageSeconds });

    const { feeds } = (await get('/v1/feeds')).json<FeedList>();

    expect(feeds[0]!.state).toBe(shown);
    if (shown === 'unattended' || shown === 'removed') expect(feeds[0]!.lag).toBeNull();
  });

  it('says what is the matter in the language of the reader, and nothing once it is over', async () => {
    await storeFeed(database.sql, 'fx');
    const problem = { code: 'feed.login-refused', params: { feed: 'fx', user: 'tain', code: 'A' } };
    await storeStatus(database.sql, 'fx', 'stopped', { problem });

    const english = await detailOf('fx');
    const korean = (await get('/v1/feeds/fx', { 'accept-language': 'ko' })).json<FeedDetail>();
    await storeStatus(database.sql, 'fx', 'connected');
    const over = await detailOf('fx');

    expect(english.problem).toMatchObject({
      code: 'feed.login-refused',
      help: expect.stringMatching(/resume/),
    });
    expect(korean.problem!.detail).toMatch(/피드/);
    expect(over.problem).toBeNull();
  });
});

describe('one feed', () => {
  it('is shown with verdicts, gaps, altered messages and latencies', async () => {
    await storeFeed(database.sql, 'fx', [
      { raw: '{}' },
      null,
      { raw: '{', verdict: 'rejected', issues: [NOT_JSON] },
    ]);
    await database.sql`
      insert into feed_altered (feed, session, sequence, received_at, raw) values ('fx', 'S1', 1, now(), 'x')`;
    await storeLatencies(database.sql, 'fx', new Date(), 1, 3);

    const feed = await detailOf('fx');

    expect(feed).toMatchObject({
      settings: { port: 1 },
      recent: { messages: 2, accepted: 1, rejected: 1 },
      altered: 1,
      gapList: [{ session: 'S1', from: 2, to: 2, filledAt: null, problem: null }],
    });
    const [minute] = feed.latencyByMinute.minutes;
    expect(minute).toMatchObject({ messages: 4, maxMs: 1 });
    expect(minute!.counts.slice(0, 3)).toEqual([1, 3, 0]);
    expect(minute!.counts).toHaveLength(feed.latencyByMinute.boundsMs.length + 1);
  });

  it('that there is none of is said to be unknown, in every route', async () => {
    const change = { reason: 'a test' };
    const answers = [
      await get('/v1/feeds/nobody'),
      await get('/v1/feeds/nobody/messages'),
      await post('/v1/feeds/nobody/pause', change),
      await post('/v1/feeds/nobody/resume', change),
      await post('/v1/feeds/nobody/reconfigure', change),
    ];

    for (const answer of answers)
      expect(answer.json<Problem>()).toMatchObject({ status: 404, code: 'feed.not-found' });
  });

  it.each(['Fx', 'f x', 'x'.repeat(41), '%00'])('cannot be called %p', async (name) => {
    expect((await get(`/v1/feeds/${encodeURI(name)}`)).statusCode).toBe(400);
  });
});

describe('messages of a feed', () => {
  const RAWS = ['{"uti":"가"}', Buffer.from([0xff, 0x00, 0x80]), '{"x":"\0"}', ''];
  const store = () =>
    storeFeed(
      database.sql,
      'fx',
      RAWS.map((raw, at) => ({
        raw,
        verdict: at === 0 ? 'accepted' : 'rejected',
        ...(at > 0 && { issues: [{ ...NOT_JSON, value: 'a\0b' }] }),
      })),
    );
  const page = async (query: string): Promise<MessagePage> =>
    (await get(`/v1/feeds/fx/messages?${query}`)).json<MessagePage>();

  it('come with every byte that was received, as text where they are text', async () => {
    await store();

    const { messages, next } = await page('');

    expect(next).toBeNull();
    expect(messages.map(({ raw, encoding }) => Buffer.from(raw, encoding))).toEqual(
      RAWS.map((raw) => Buffer.from(raw)),
    );
    expect(messages.map(({ encoding }) => encoding)).toEqual(['utf8', 'base64', 'utf8', 'utf8']);
    expect(messages[1]!.issues[0]).toMatchObject({ value: 'a\0b', message: expect.stringMatching(/JSON/) });
  });

  it('come page by page, each once, by number or by verdict', async () => {
    await store();

    for (const verdict of ['', '&verdict=rejected']) {
      const seen: number[] = [];
      let after: number | null = 0;
      while (after !== null) {
        const found: MessagePage = await page(`limit=2&after=${after}${verdict}`);
        seen.push(...found.messages.map(({ sequence }) => sequence));
        after = found.next;
      }
      expect(seen).toEqual(verdict === '' ? [1, 2, 3, 4] : [2, 3, 4]);
    }
  });

  it('of another session are to be had by its name, and there are none of one that never was', async () => {
    await store();

    expect((await page('session=S1')).messages).toHaveLength(4);
    expect(await page('session=S9')).toEqual({ messages: [], next: null });
    expect((await get('/v1/feeds/fx/messages?session=a%00b')).statusCode).toBe(400);
    expect((await get('/v1/feeds/fx/messages?limit=1001')).statusCode).toBe(400);
  });
});

describe('an operator', () => {
  it('is told that nobody looks after a feed when its supervisor does not run', async () => {
    await storeFeed(database.sql, 'fx');

    const answer = await post('/v1/feeds/fx/pause', { reason: 'a test' });

    expect(answer.json<Problem>()).toMatchObject({ status: 503, code: 'feed.unattended' });
    expect(answer.json<Problem>().help).toContain('tain status');
  });

  it('is told that a feed is not configured any more', async () => {
    await storeFeed(database.sql, 'fx', [], { wanted: 'removed' });

    const answer = await post('/v1/feeds/fx/resume', { reason: 'a test' });

    expect(answer.json<Problem>()).toMatchObject({ status: 404, code: 'feed.not-configured' });
  });

  it.each([
    {},
    { reason: ' ' },
    { reason: 'a\nb' },
    { reason: 'x'.repeat(501) },
    { reason: 'x', force: true },
  ])('has to say why, in one line: %j', async (body) => {
    await storeFeed(database.sql, 'fx');

    expect((await post('/v1/feeds/fx/pause', body)).json<Problem>()).toMatchObject({
      status: 400,
      code: 'request.invalid',
    });
  });
});

describe('metrics of feeds', () => {
  const read = async (): Promise<string> => (await get('/metrics')).body;
  const sampleOf = (text: string, sample: string): number | null => {
    const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
    return line === undefined ? null : Number(line.split(' ').at(-1));
  };

  it('say whether each is read, its lag and its gaps', async () => {
    await storeFeed(database.sql, 'fx', [null]);
    await storeFeed(database.sql, 'desk');
    await storeFeed(database.sql, 'old', [], { wanted: 'removed' });
    await storeStatus(database.sql, 'fx', 'connected');

    const text = await until(async () => {
      const found = await read();
      if (sampleOf(found, 'tain_feed_up{feed="fx"}') === null) throw new Error(found);
      return found;
    });

    expect(sampleOf(text, 'tain_feed_up{feed="fx"}')).toBe(1);
    expect(sampleOf(text, 'tain_feed_up{feed="desk"}')).toBe(0);
    expect(sampleOf(text, 'tain_feed_lag_messages{feed="fx"}')).toBe(7);
    expect(sampleOf(text, 'tain_feed_lag_seconds{feed="fx"}')).toBe(1.5);
    expect(sampleOf(text, 'tain_feed_lag_seconds{feed="desk"}')).toBeNull();
    expect(sampleOf(text, 'tain_feed_open_gaps{feed="fx"}')).toBe(1);
    expect(text).not.toContain('feed="old"');
  });

  it('have a histogram of latencies that only grows, also when the minutes are gone', async () => {
    const name = 'tain_feed_latency_seconds';
    const minute = new Date();
    const counted = (wanted: number) =>
      until(async () => {
        const found = await read();
        if (sampleOf(found, `${name}_count{feed="fx"}`) !== wanted) throw new Error(found);
        return found;
      });
    await storeLatencies(database.sql, 'fx', minute, 1, 3);
    const first = await counted(4);
    await storeLatencies(database.sql, 'fx', minute, 1, 4);
    const second = await counted(5);
    await database.sql`delete from feed_latency`;
    const third = await counted(5);

    expect(first).toContain(`# TYPE ${name} histogram`);
    expect(sampleOf(first, `${name}_bucket{feed="fx",le="0.0005"}`)).toBe(1);
    expect(sampleOf(first, `${name}_bucket{feed="fx",le="0.001"}`)).toBe(4);
    expect(sampleOf(second, `${name}_bucket{feed="fx",le="+Inf"}`)).toBe(5);
    expect(sampleOf(second, `${name}_sum{feed="fx"}`)).toBe(0.005);
    expect(sampleOf(third, `${name}_bucket{feed="fx",le="0.001"}`)).toBe(5);
  });
});

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import { MALFORMED, MALFORMED_KINDS } from '../../demo/feed/messages.ts';
import { planFeed, type PlannedMessage } from '../../demo/feed/plan.ts';
import { createRandom } from '../../demo/random.ts';
import { SESSION_DEFAULTS } from '../../platform/feeds/session-settings.ts';
import { useDatabase } from '../support/database.ts';
import { measureDistance, NO_DISTANCE } from '../support/feed-truth.ts';
import { problemsOf, SESSION, useFeeds } from '../support/feeds.ts';
import { useScriptedFeeds } from '../support/scripted-feed.ts';
import { FEED, useStreams } from '../support/streams.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const feeds = useFeeds();
const serve = useScriptedFeeds();
const streams = useStreams(database, temporal);

/** A feed that has nothing to do with what happens to the other one. */
const NEIGHBOUR = 'beside';

type Sent = readonly Pick<PlannedMessage, 'sequence' | 'bytes' | 'expected'>[];

const plan = (rows: number, seed = 'faults', rate = 20_000) =>
  planFeed({ seed, rows, date: '2026-11-20', rate });
const messages = plan(60);
const besides = plan(40, 'beside', 40);

afterEach(async () => {
  jest.restoreAllMocks();
  for (const feed of [FEED, NEIGHBOUR])
    await streams
      .handleOf(feed)
      .terminate('end of the test')
      .catch(() => undefined);
  await database.sql`
    truncate feed, feed_journal, feed_gap, feed_altered, feed_status, feed_latency,
      ledger_source, tb_on_hist, event_key, event_outcome, tb_on_mst`;
});

const journalled = (count: number, feed = FEED): Promise<void> =>
  until(async () => {
    const rows = await database.sql`select from feed_journal where feed = ${feed}`;
    expect(rows).toHaveLength(count);
  });

const statusOf = async (feed = FEED) =>
  (await database.sql`select state, problem_code from feed_status where feed = ${feed}`)[0];

const auditOf = (action: string) => database.sql`
  select after from audit_log where action = ${action} and subject = ${FEED} order by seq`;

/** Reads the feed at a port beside another one; at the end, nothing of either is lost, doubled or different. */
async function reading(port: number, sent: Sent, run: () => Promise<void>): Promise<void> {
  const beside = await feeds.simulate({ plan: besides, session: 'OTHER' });
  await streams.write([{ port }, { name: NEIGHBOUR, port: beside.port }]);
  await streams.open();
  await streams.withReaders(streams.activities(), async () => {
    await run();
    await journalled(sent.length);
    await journalled(besides.length, NEIGHBOUR);
    await until(async () =>
      expect(await statusOf(NEIGHBOUR)).toEqual({ state: 'ended', problem_code: null }),
    );
  });
  expect(beside.truth().logins).toHaveLength(1);
  expect(
    await measureDistance(database.sql, [
      { feed: FEED, session: SESSION, messages: sent },
      { feed: NEIGHBOUR, session: 'OTHER', messages: besides },
    ]),
  ).toEqual(NO_DISTANCE);
}

describe('a feed that breaks off in the middle', () => {
  const BEFORE = 20;

  it.each([
    { fault: 'no-length', is: 'a packet without a length', code: 'feed.packet-invalid' },
    { fault: 'huge', is: 'a packet of 100 MB', code: 'feed.packet-invalid' },
    { fault: 'garbage', is: 'bytes that mean nothing', code: 'feed.packet-invalid' },
    { fault: 'half', is: 'half a message and then silence', code: 'feed.packet-unfinished' },
  ] as const)('is named for $is, tried again, and loses nothing', async ({ fault, code }) => {
    let isIll = true;
    const port = await serve(async (consumer, asked) => {
      consumer.accept(SESSION, asked);
      for (const message of messages.slice(asked - 1))
        if (!(await consumer.send(message, isIll && message.sequence > BEFORE ? fault : null))) return;
    });
    await reading(port, messages, async () => {
      await journalled(BEFORE);
      await until(async () => expect(await statusOf()).toEqual({ state: 'waiting', problem_code: code }));
      expect(await streams.progress()).toMatchObject({ reading: true, problem: null });
      isIll = false;
    });
  });
});

describe('messages that are no records', () => {
  it('are journalled as they came, rejected with issues that can be read, and hold nothing up', async () => {
    const random = createRandom('faults');
    const text = Buffer.from(messages[0]!.bytes).toString('latin1');
    const bad = [
      ...MALFORMED_KINDS.map((kind) => ({
        bytes: Buffer.from(MALFORMED[kind].spoil(text, random), 'latin1'),
        ruleId: MALFORMED[kind].ruleId,
      })),
      { bytes: Buffer.from('null'), ruleId: 'feed.not-object' },
      { bytes: Buffer.from('"a text"'), ruleId: 'feed.not-object' },
      { bytes: Buffer.from('{"actionType":null}'), ruleId: 'record.empty' },
      { bytes: Buffer.from('{"actionType":{"is":"NEWT"}}'), ruleId: 'feed.value-type' },
    ];
    const sent = [
      ...bad.map(({ bytes, ruleId }) => ({
        bytes,
        expected: { verdict: 'rejected' as const, ruleIds: [ruleId] },
      })),
      ...messages,
    ].map((message, at) => ({ ...messages[0]!, ...message, sequence: at + 1 }));
    const simulator = await feeds.simulate({ plan: sent });
    await reading(simulator.port, sent, () => journalled(sent.length));

    const rows = await database.sql<{ issues: { ruleId: string; params: object }[] }[]>`
      select issues from feed_journal where feed = ${FEED} and sequence <= ${bad.length} order by sequence`;
    expect(rows.map(({ issues }) => issues.map(({ ruleId }) => ruleId))).toEqual(
      bad.map(({ ruleId }) => [ruleId]),
    );
  });
});

describe('a sender that goes back', () => {
  it('may send the same again; what it sends otherwise is kept beside what stands, and in the audit log', async () => {
    const altered = { ...messages[25]!, bytes: messages[0]!.bytes };
    const port = await serve(async (consumer, asked, connection) => {
      const first = connection === 1 ? 1 : Math.min(21, asked);
      consumer.accept(SESSION, first);
      for (const message of messages.slice(first - 1, connection === 1 ? 30 : undefined)) {
        const isChanged = connection > 1 && message.sequence === altered.sequence;
        if (!(await consumer.send(isChanged ? altered : message, null))) return;
      }
      if (connection === 1) consumer.destroy();
    });
    await reading(port, messages, () => journalled(messages.length));

    const kept = await database.sql`select sequence, raw from feed_altered`;
    expect(kept).toEqual([{ sequence: altered.sequence, raw: Buffer.from(altered.bytes) }]);
    expect(await auditOf('feed.altered')).toEqual([{ after: { session: SESSION, sequence: 26 } }]);
    expect(await database.sql`select from feed_gap`).toHaveLength(0);
  });
});

describe('a feed that cannot even be opened', () => {
  it('says why', async () => {
    await streams.write([{ port: 1, passwordFile: 'gone.password' }]);
    await streams.open();
    await streams.withReaders(streams.activities(), () =>
      until(async () => expect(await statusOf()).toMatchObject({ problem_code: 'feeds.unreadable' })),
    );
  });
});

describe('messages that are missing', () => {
  it('are named and stay so where nobody repeats them, while what follows is read', async () => {
    const sent = messages.filter(({ sequence }) => sequence <= 10 || sequence >= 15);
    const port = await serve(async (consumer, asked, connection) => {
      const first = connection === 1 ? 1 : Math.max(15, asked);
      consumer.accept(SESSION, first);
      for (const message of messages.slice(first - 1, connection === 1 ? 10 : undefined))
        if (!(await consumer.send(message, null))) return;
      if (connection === 1) consumer.destroy();
    });
    await reading(port, sent, () => journalled(sent.length));

    const gaps = await database.sql`
      select from_sequence, to_sequence, filled_at, problem_code from feed_gap where feed = ${FEED}`;
    expect(gaps).toEqual([
      { from_sequence: 11, to_sequence: 15, filled_at: null, problem_code: 'feed.no-replay' },
    ]);
    expect(await auditOf('feed.gap-found')).toEqual([{ after: { session: SESSION, from: 11, to: 15 } }]);
  });
});

describe('two that want one feed', () => {
  it('share it without losing or doubling anything when both are supervisors', async () => {
    const slow = plan(600, 'shared', 60);
    const simulator = await feeds.simulate({ plan: slow, ends: false });
    const workflowId = `${LIFECYCLES.streamIngest.workflowId(FEED)}/second`;
    await reading(simulator.port, slow, async () => {
      await until(async () => expect(await statusOf()).toMatchObject({ state: 'connected' }));
      const second = await temporal.client.workflow.start(LIFECYCLES.streamIngest.workflowType, {
        workflowId,
        taskQueue: LIFECYCLES.streamIngest.taskQueue,
        args: [{ feed: FEED }],
      });
      await until(async () => {
        const [feed] = await database.sql<[{ epoch: number }]>`select epoch from feed where feed = ${FEED}`;
        expect(feed.epoch).toBeGreaterThan(1);
      });
      await journalled(slow.length);
      await second.terminate('end of the test');
    });
  });

  it('are told so by the sender when one is somebody else, and the one that reads goes on', async () => {
    const slow = plan(120, 'taken', 60);
    const simulator = await feeds.simulate({ plan: slow, ends: false });
    await reading(simulator.port, slow, async () => {
      await until(async () => expect(await statusOf()).toMatchObject({ state: 'connected' }));
      const stranger = feeds.open(simulator.port);
      await until(async () => expect(problemsOf(stranger)).toEqual(['feed.session-in-use']));
      await stranger.close();
    });
    const answered = simulator.truth().logins.map((login) => login.answered);
    expect(answered.filter((answer) => answer !== 'B')).toEqual([1]);
  });
});

describe('a clock that jumps', () => {
  it('neither stops a feed nor makes a latency negative', async () => {
    const real = SESSION_DEFAULTS.now;
    const HOUR = 3_600_000;
    let shift = 0;
    jest.spyOn(SESSION_DEFAULTS, 'now').mockImplementation(() => real() + shift);
    jest.spyOn(Date, 'now').mockImplementation(() => real() + shift);
    const slow = plan(240, 'clock', 30);
    const simulator = await feeds.simulate({ plan: slow });
    const reached = (count: number) =>
      until(async () => {
        const rows = await database.sql`select from feed_journal where feed = ${FEED}`;
        expect(rows.length).toBeGreaterThan(count);
      });
    await reading(simulator.port, slow, async () => {
      await reached(30);
      shift = 30 * HOUR;
      await reached(90);
      shift = -2 * HOUR;
      await reached(150);
      shift = 0;
    });

    const [spread] = await database.sql<[{ hours: number; latest: number }]>`
      select extract(epoch from max(received_at) - min(received_at))::float8 / 3600 as hours,
        (select sequence from feed_journal where feed = ${FEED} order by received_at desc limit 1) as latest
      from feed_journal where feed = ${FEED}`;
    expect(spread.hours).toBeGreaterThan(31);
    expect(spread.latest).toBeLessThan(slow.length);
    const latencies = await database.sql<{ sum_ms: number; max_ms: number }[]>`
      select sum_ms, max_ms from feed_latency where feed = ${FEED}`;
    expect(latencies.length).toBeGreaterThan(0);
    for (const { sum_ms, max_ms } of latencies) {
      expect(sum_ms).toBeGreaterThan(0);
      expect(max_ms).toBeGreaterThan(0);
      expect(max_ms).toBeLessThan(HOUR);
    }
    const [status] = await database.sql`select p50_ms, p99_ms, lag_ms from feed_status where feed = ${FEED}`;
    for (const value of Object.values(status!)) expect(value).toBeGreaterThanOrEqual(0);
  });
});

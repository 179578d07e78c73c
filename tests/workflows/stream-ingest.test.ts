import { writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { planFeed, type FeedPlanRequest, type PlannedMessage } from '../../demo/feed/plan.ts';
import { useDatabase } from '../support/database.ts';
import { foldSessions } from '../support/feed-truth.ts';
import { SESSION, useFeeds } from '../support/feeds.ts';
import { readLedger } from '../support/ledger.ts';
import { FEED, useStreams } from '../support/streams.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const feeds = useFeeds();
const streams = useStreams(database, temporal);

const plan = (rows: number, more: Partial<FeedPlanRequest> = {}) =>
  planFeed({ seed: 'streams', rows, date: '2026-11-20', rate: 20_000, ...more });

afterEach(async () => {
  await streams
    .handleOf()
    .terminate('end of the test')
    .catch(() => undefined);
  await database.sql`
    truncate feed, feed_journal, feed_gap, feed_altered, feed_status, feed_latency,
      ledger_source, tb_on_hist, event_key, event_outcome, tb_on_mst`;
});

const journal = () => database.sql<{ sequence: number; session: string; raw: Buffer; verdict: string }[]>`
  select sequence, session, raw, verdict from feed_journal order by session, sequence`;

const journalled = async (count: number): Promise<void> =>
  until(async () => expect(await journal()).toHaveLength(count), 30_000);

async function expectTruth(messages: readonly PlannedMessage[]): Promise<void> {
  const rows = await journal();
  expect(rows.map(({ sequence }) => sequence)).toEqual(messages.map(({ sequence }) => sequence));
  expect(rows.filter(({ raw }, at) => !raw.equals(messages[at]!.bytes))).toEqual([]);
  expect(rows.map(({ verdict }) => verdict)).toEqual(messages.map(({ expected }) => expected.verdict));
  expect(await readLedger(database.sql)).toEqual(foldSessions([{ feed: FEED, session: SESSION, messages }]));
}

describe('stream ingest', () => {
  it('journals every message with its verdict, applies what is accepted, and answers behind the commit', async () => {
    const messages = plan(600, { duplicateShare: 0.05, malformedShare: 0.03, burstShare: 0.01 });
    const simulator = await feeds.simulate({ plan: messages });
    await streams.write([{ port: simulator.port, acknowledge: true }]);
    await streams.open();
    await streams.withReaders(streams.activities(), async () => {
      await journalled(messages.length);
      await until(async () => expect(simulator.truth().answers).toHaveLength(messages.length));
    });

    await expectTruth(messages);
    const { answers } = simulator.truth();
    expect(answers.map(({ sequence }) => sequence)).toEqual(messages.map(({ sequence }) => sequence));
    expect(answers.map(({ accepted }) => accepted)).toEqual(
      messages.map(({ expected }) => expected.verdict === 'accepted'),
    );
    const [status] = await database.sql`select * from feed_status`;
    expect(status).toMatchObject({ feed: FEED, lag_messages: 0, state: 'ended' });
    const [latency] = await database.sql`select sum(c) as messages from feed_latency, unnest(counts) as c`;
    expect(latency).toMatchObject({ messages: String(messages.length) });
  });

  it('goes on through every disruption, accounting for each sequence number', async () => {
    const messages = plan(800, {
      disruptions: ['gap', 'regress', 'disconnect', 'half', 'garbage', 'dribble'],
      disruptionShare: 0.02,
      duplicateShare: 0.02,
      malformedShare: 0.02,
    });
    const simulator = await feeds.simulate({ plan: messages });
    const replay = await feeds.simulate({ plan: messages });
    await streams.write([{ port: simulator.port, replay: { host: '127.0.0.1', port: replay.port } }]);
    await streams.open();
    await streams.withReaders(streams.activities(), async () => {
      await until(async () => expect((await journal()).at(-1)?.sequence).toBe(messages.length), 60_000);
      await journalled(messages.length);
    });

    expect(messages.some(({ disruption }) => disruption === 'gap')).toBe(true);
    await expectTruth(messages);
    expect(await database.sql`select from feed_gap where filled_at is null`).toHaveLength(0);
  });

  it('stops for an operator and goes on behind the last message, with both reasons in the audit log', async () => {
    const messages = plan(600, { rate: 100 });
    const simulator = await feeds.simulate({ plan: messages });
    await streams.write([{ port: simulator.port }]);
    await streams.open();
    await streams.withReaders(streams.activities(), async () => {
      await until(async () => expect((await journal()).length).toBeGreaterThan(50));
      const paused = await streams.pause('the sender asked for it');
      expect(paused).toMatchObject({ wanted: 'paused', reason: 'the sender asked for it', by: 'olga' });
      await until(async () => expect(await streams.progress()).toMatchObject({ reading: false }));
      const before = (await journal()).length;
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await journal()).toHaveLength(before);
      expect(before).toBeLessThan(messages.length);
      await expect(streams.resume('  ')).rejects.toThrow();
      await streams.resume('the sender is ready');
      await journalled(messages.length);
    });

    await expectTruth(messages);
    const audit = await database.sql`
      select action, actor, reason from audit_log where subject = ${FEED} and action in ('feed.paused', 'feed.resumed')
      order by seq`;
    expect(audit).toMatchObject([
      { action: 'feed.paused', actor: 'olga', reason: 'the sender asked for it' },
      { action: 'feed.resumed', actor: 'olga', reason: 'the sender is ready' },
    ]);
  });

  it('hands over to a fresh activity again and again without losing or doubling a message', async () => {
    const messages = plan(300, { rate: 100 });
    const simulator = await feeds.simulate({ plan: messages });
    await streams.write([{ port: simulator.port }]);
    await streams.open();
    await streams.withReaders(streams.activities({ handOverMs: 150 }), () => journalled(messages.length));

    await expectTruth(messages);
    const [feed] = await database.sql`select epoch from feed`;
    expect(feed!['epoch']).toBeGreaterThan(2);
  });

  it('takes the next session when one has ended', async () => {
    const first = plan(30);
    const simulator = await feeds.simulate({ plan: first });
    await streams.write([{ port: simulator.port }]);
    await streams.open();
    await streams.withReaders(streams.activities(), async () => {
      await journalled(30);
      await until(async () =>
        expect(await database.sql`select from feed where session_ended`).toHaveLength(1),
      );
      await simulator.close();
      const next = await feeds.simulate({
        plan: plan(20, { seed: 'next' }),
        session: 'DAY2',
        port: simulator.port,
      });
      await streams.resume('the next session is on');
      await journalled(50);
      expect(next.truth().logins[0]).toMatchObject({ wanted: 1, answered: 1 });
    });
    const [row] = await database.sql`select session, next_sequence from feed`;
    expect(row).toEqual({ session: 'DAY2', next_sequence: 21 });
  });

  it('stops at a session that begins anew under its name until somebody says that it is another one', async () => {
    const messages = plan(40);
    const simulator = await feeds.simulate({ plan: messages, ends: false });
    await streams.write([{ port: simulator.port }]);
    await streams.open();
    await streams.withReaders(streams.activities(), async () => {
      await journalled(40);
      await simulator.close();
      const anew = plan(25, { seed: 'anew' });
      await feeds.simulate({ plan: anew, port: simulator.port, ends: false });
      await until(
        async () =>
          expect(await streams.progress()).toMatchObject({ problem: { code: 'feed.session-restarted' } }),
        20_000,
      );
      expect(await journal()).toHaveLength(40);
      const [status] = await database.sql`select state, problem_code from feed_status`;
      expect(status).toEqual({ state: 'stopped', problem_code: 'feed.session-restarted' });
      await streams.resume('the sender says that it is a new day', true);
      await journalled(65);
    });
    const sessions =
      await database.sql`select session, count(*) as n from feed_journal group by session order by session`;
    expect(sessions).toEqual([
      { session: SESSION, n: 40 },
      { session: `${SESSION}#2`, n: 25 },
    ]);
  });

  it('names a session that begins anew behind its own end, under its name, instead of waiting for another', async () => {
    const simulator = await feeds.simulate({ plan: plan(30) });
    await streams.write([{ port: simulator.port }]);
    await streams.open();
    await streams.withReaders(streams.activities(), async () => {
      await until(async () =>
        expect(await database.sql`select from feed where session_ended`).toHaveLength(1),
      );
      await simulator.close();
      await feeds.simulate({ plan: plan(20, { seed: 'anew' }), port: simulator.port });
      await streams.resume('look again');
      await until(async () =>
        expect(await streams.progress()).toMatchObject({ problem: { code: 'feed.session-restarted' } }),
      );
      expect(await journal()).toHaveLength(30);
      await streams.resume('it is another day', true);
      await journalled(50);
    });
  });

  it('goes on with the settings that it had when the feeds file is spoilt, also behind a new start', async () => {
    const messages = plan(300, { rate: 100 });
    const simulator = await feeds.simulate({ plan: messages });
    await streams.write([{ port: simulator.port }]);
    await streams.open();
    await streams.withReaders(streams.activities({ handOverMs: 100 }), async () => {
      await until(async () => expect((await journal()).length).toBeGreaterThan(20));
      await writeFile(streams.feedsFile(), '{ "feeds": [');
      await streams.open();
      await expect(streams.reconfigure('see what it says')).rejects.toMatchObject({
        cause: { cause: { type: 'feeds.invalid' } },
      });
      await journalled(messages.length);
    });
    await expectTruth(messages);
  });
});

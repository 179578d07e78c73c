import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeServerPacket } from '../../../domain/feeds/encode-packet.ts';
import { createMessageJudge } from '../../../domain/swaps/judge-message.ts';
import { DISRUPTIONS, planFeed, type FeedPlanRequest } from '../../../demo/feed/plan.ts';
import { SESSION, problemsOf, readAll, useFeeds } from '../../support/feeds.ts';
import { until } from '../../support/until.ts';

const feeds = useFeeds();
const plan = (rows: number, more: Partial<FeedPlanRequest> = {}) =>
  planFeed({ seed: 'bad', rows, date: '2026-11-20', rate: 20_000, ...more });
const message = (text: string) => encodeServerPacket({ type: 'sequenced', message: Buffer.from(text) });
const text = ({ bytes }: { bytes: Uint8Array }) => Buffer.from(bytes).toString();

/** A server whose first connection sends two messages and something wrong, and whose second goes on. */
const serveOnceWrong = (wrong: Uint8Array) =>
  feeds.serve(1, (socket, connection) => {
    if (connection > 1) return;
    socket.write(Buffer.concat([message('{"n":1}'), message('{"n":2}'), wrong]));
  });

describe('what is no packet', () => {
  test.each<[string, Uint8Array]>([
    ['no-length', Uint8Array.of(0, 0)],
    ['unknown-type', Uint8Array.of(0x06, 0x40, 0x00, 0x00)],
    ['unknown-type', Buffer.from('HTTP/1.1 200 OK\r\n\r\n')],
    ['wrong-length', Uint8Array.of(0, 5, 0x48, 0, 0, 0, 0)],
    ['unexpected-login', encodeServerPacket({ type: 'login-accepted', session: SESSION, sequence: 1 })],
  ])('is named %s, with what stands there, and what came before it is kept', async (problem, wrong) => {
    const feed = feeds.open(await serveOnceWrong(wrong));
    const read = await readAll(feed, 2);
    await until(async () => expect(problemsOf(feed)).toContain('feed.packet-invalid'));
    const named = feed.events.find(({ type }) => type === 'disconnected');

    expect(read.map(text)).toEqual(['{"n":1}', '{"n":2}']);
    expect(named).toMatchObject({ problem: { params: { feed: 'fx', problem, sequence: 2 } } });
  });

  it('is named, and nobody falls, whatever the bytes are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), async (bytes) => {
        const port = await feeds.serve(1, (socket) => socket.end(bytes));
        const feed = feeds.open(port);
        await until(async () =>
          expect(feed.events.some(({ type }) => type === 'disconnected' || type === 'ended')).toBe(true),
        );
        await feed.close();
      }),
      { numRuns: 25 },
    );
  });
});

describe('silence', () => {
  it('of a server without heartbeats is named, and the feed connects again', async () => {
    const port = await feeds.serve(1, (socket) => socket.write(message('{}')));
    const feed = feeds.open(port, null, { silenceMs: 200 });
    await until(async () => expect(problemsOf(feed)).toContain('feed.silent'));

    expect(await readAll(feed, 1)).toHaveLength(1);
  });

  it('behind half a message is named, and nothing of the half is taken', async () => {
    const port = await feeds.serve(1, (socket, connection) => {
      const packet = message('{"whole":true}');
      socket.write(connection === 1 ? packet.subarray(0, 9) : packet);
    });
    const feed = feeds.open(port);
    const read = await readAll(feed, 1);

    expect(read.map(text)).toEqual(['{"whole":true}']);
    expect(problemsOf(feed)[0]).toBe('feed.packet-unfinished');
  });

  it('is not what a slow sender is: bytes that come one by one are a message', async () => {
    const port = await feeds.serve(1, (socket) => {
      const bytes = message('{"slow":true}');
      let at = 0;
      const timer = setInterval(() => {
        if (at < bytes.length) socket.write(bytes.subarray(at, (at += 1)));
        else clearInterval(timer);
      }, 3);
      socket.on('close', () => clearInterval(timer));
    });
    const feed = feeds.open(port, null, { packetMs: 5000 });

    expect((await readAll(feed, 1)).map(text)).toEqual(['{"slow":true}']);
    expect(problemsOf(feed)).toEqual([]);
  });
});

describe('a server that names a sequence that was not asked for', () => {
  it('is heard with a gap when it is ahead', async () => {
    const feed = feeds.open(await feeds.serve(8, (socket) => socket.write(message('{}'))), {
      shard: SESSION,
      offset: 5,
    });
    const [first] = await readAll(feed, 1);

    expect(first).toMatchObject({ position: { shard: SESSION, offset: 8 }, repeated: false });
    expect(feed.events[1]).toEqual({ type: 'gap', shard: SESSION, from: 5, to: 8 });
  });

  it('is heard with repeated messages when it goes back', async () => {
    const port = await feeds.serve(3, (socket) =>
      socket.write(Buffer.concat([3, 4, 5, 6].map((n) => message(`${n}`)))),
    );
    const feed = feeds.open(port, { shard: SESSION, offset: 5 });
    const read = await readAll(feed, 4);

    expect(read.map(({ position, repeated }) => [position.offset, repeated])).toEqual([
      [3, true],
      [4, true],
      [5, false],
      [6, false],
    ]);
    expect(feed.events[1]).toEqual({ type: 'regressed', shard: SESSION, from: 5, to: 3 });
    expect(feed.status().next).toEqual({ shard: SESSION, offset: 7 });
  });
});

describe('a day of bursts, gaps, duplicates, disconnects and garbage', () => {
  it('accounts for every sequence number, and is judged as the ground truth says', async () => {
    const messages = plan(500, {
      burstShare: 0.02,
      duplicateShare: 0.1,
      malformedShare: 0.1,
      disruptionShare: 0.05,
      brokenShare: 0.1,
    });
    const { port } = await feeds.simulate({ plan: messages });
    const feed = feeds.open(port);
    const read = await readAll(feed);
    const judge = createMessageJudge();
    const taken = read.filter(({ repeated }) => !repeated);
    const missing = feed.events.flatMap((event) =>
      event.type === 'gap'
        ? Array.from({ length: event.to - event.from }, (_, step) => event.from + step)
        : [],
    );
    const offsets = [...taken.map(({ position }) => position.offset), ...missing];

    expect(new Set(messages.map(({ disruption }) => disruption)).size).toBe(DISRUPTIONS.length + 1);
    expect(offsets.sort((one, other) => one - other)).toEqual(messages.map(({ sequence }) => sequence));
    expect(missing.length).toBeGreaterThan(0);
    for (const { position, bytes } of read) {
      const planned = messages[position.offset - 1]!;
      expect(Buffer.compare(bytes, planned.bytes)).toBe(0);
      const { accepted, issues } = judge(bytes).verdict;
      expect([accepted ? 'accepted' : 'rejected', ...issues.map(({ ruleId }) => ruleId).sort()]).toEqual([
        planned.expected.verdict,
        ...[...planned.expected.ruleIds].sort(),
      ]);
    }
    expect(problemsOf(feed)).toEqual(
      expect.arrayContaining(['feed.packet-invalid', 'feed.packet-unfinished', 'feed.disconnected']),
    );
  });

  it('leaves gaps that can be asked for afterwards', async () => {
    const messages = plan(120, { disruptionShare: 0.1, disruptions: ['gap'] });
    const { port } = await feeds.simulate({ plan: messages });
    const feed = feeds.open(port);
    await readAll(feed);
    const gaps = feed.events.filter((event) => event.type === 'gap');
    const { shard, from, to } = gaps[0]!;
    const later = feeds.open(port, { shard, offset: from });
    const filled = await readAll(later, to - from);

    expect(filled.map(({ position }) => position.offset)).toEqual(
      Array.from({ length: to - from }, (_, step) => from + step),
    );
    expect(
      filled.every(
        ({ bytes, position }) => Buffer.compare(bytes, messages[position.offset - 1]!.bytes) === 0,
      ),
    ).toBe(true);
  });

  it('on one feed leaves another untouched', async () => {
    const bad = await feeds.simulate({ plan: plan(200, { disruptionShare: 0.1 }) });
    const good = await feeds.simulate({ plan: plan(200) });
    const [feed, other] = [feeds.open(bad.port), feeds.open(good.port)];
    const [, read] = await Promise.all([readAll(feed), readAll(other)]);

    expect(read).toHaveLength(200);
    expect(other.events.map(({ type }) => type)).toEqual(['connected', 'ended']);
  });
});

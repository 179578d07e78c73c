import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { encodeClientPacket, encodeServerPacket } from '../../../domain/feeds/encode-packet.ts';
import { planFeed, type FeedPlanRequest } from '../../../demo/feed/plan.ts';
import { SESSION, problemsOf, readAll, useFeeds } from '../../support/feeds.ts';
import { until } from '../../support/until.ts';

const feeds = useFeeds();
const plan = (rows: number, more: Partial<FeedPlanRequest> = {}) =>
  planFeed({ seed: 'sessions', rows, date: '2026-11-20', rate: 20_000, brokenShare: 0, ...more });
const message = (text: string) => encodeServerPacket({ type: 'sequenced', message: Buffer.from(text) });
const at = (offset: number) => ({ shard: SESSION, offset });

describe('a session feed', () => {
  it('gives every message of the session once, in order, with its bytes, and ends', async () => {
    const messages = plan(300);
    const { port, truth } = await feeds.simulate({ plan: messages });
    const feed = feeds.open(port);
    const read = await readAll(feed);

    expect(read.map(({ position }) => position)).toEqual(messages.map(({ sequence }) => at(sequence)));
    expect(read.every(({ bytes }, index) => Buffer.compare(bytes, messages[index]!.bytes) === 0)).toBe(true);
    expect(feed.events.map(({ type }) => type)).toEqual(['connected', 'ended']);
    expect(feed.status()).toMatchObject({ state: 'ended', next: at(301), queued: 0 });
    expect(truth().logins).toMatchObject([{ wanted: 1, answered: 1 }]);
  });

  it('resumes exactly behind the position that it is given', async () => {
    const { port, truth } = await feeds.simulate({ plan: plan(50) });
    const first = feeds.open(port);
    const taken = await readAll(first, 20);
    await first.close();
    await until(async () => expect(truth().logins).toHaveLength(1));
    const second = feeds.open(port, at(taken.at(-1)!.position.offset + 1));
    const rest = await readAll(second);

    expect(rest.map(({ position }) => position.offset)).toEqual(
      Array.from({ length: 30 }, (_, index) => index + 21),
    );
  });

  it('connects again behind what came when the connection breaks, without losing what waits to be read', async () => {
    const { port, disconnect, truth } = await feeds.simulate({ plan: plan(40), ends: false });
    const feed = feeds.open(port);
    await until(async () => expect(feed.status().queued).toBe(40));
    disconnect();
    await until(async () => expect(truth().logins.some(({ wanted }) => wanted === 41)).toBe(true));

    expect(await readAll(feed, 40)).toHaveLength(40);
    expect(problemsOf(feed)).toContain('feed.disconnected');
  });

  it('waits for a server that is not there, and names it', async () => {
    const probe = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as net.AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const feed = feeds.open(port);
    await until(async () => expect(feed.status().attempts).toBeGreaterThan(2));

    expect(feed.status()).toMatchObject({ problem: { code: 'feed.unreachable', params: { feed: 'fx' } } });
    await feeds.simulate({ plan: plan(5), port });
    expect(await readAll(feed)).toHaveLength(5);
  });

  it('does not read more than is asked for, and does not take its own pause for the silence of the server', async () => {
    const messages = plan(6000, { rate: 1_000_000 });
    const { port, truth } = await feeds.simulate({ plan: messages });
    const feed = feeds.open(port, null, { queueMax: 10, silenceMs: 300, packetMs: 300 });
    await until(async () => expect(feed.status().queued).toBeGreaterThanOrEqual(10));
    await sleep(900);

    expect(feed.status()).toMatchObject({ state: 'connected' });
    expect(feed.status().queued).toBeLessThan(200);
    expect(truth().sent.size).toBeLessThan(messages.length);
    expect(await readAll(feed)).toHaveLength(messages.length);
    expect(problemsOf(feed)).toEqual([]);
  });

  it('reads by its monotonic clock when the clock of the machine jumps', async () => {
    const { port } = await feeds.simulate({ plan: plan(30, { rate: 100 }) });
    let jumps = 0;
    const feed = feeds.open(port, null, {
      now: () => {
        jumps += 1;
        return jumps % 2 === 0 ? 0 : 8_640_000_000_000;
      },
    });
    const read = await readAll(feed);
    const ticks = read.map(({ receivedTick }) => receivedTick);

    expect(read).toHaveLength(30);
    expect(problemsOf(feed)).toEqual([]);
    expect(ticks).toEqual([...ticks].sort((one, other) => one - other));
  });

  it('tells the sender what became of its messages, and how many it could tell', async () => {
    const { port, truth, disconnect, close } = await feeds.simulate({ plan: plan(3), ends: false });
    const feed = feeds.open(port);
    const read = await readAll(feed, 3);
    const answers = read.map(({ position }) => ({
      session: position.shard,
      sequence: position.offset,
      accepted: position.offset !== 2,
      key: null,
      issues: [],
    }));

    expect(await feed.acknowledge(answers)).toBe(3);
    await until(async () => expect(truth().answers).toHaveLength(3));
    expect(truth().answers.map(({ accepted }) => accepted)).toEqual([true, false, true]);
    expect(truth().strangeAnswers).toBe(0);
    disconnect();
    await close();
    await until(async () => expect(feed.status().state).not.toBe('connected'));
    expect(await feed.acknowledge(answers)).toBe(0);
  });

  it('gives what there is to a reader that waits when it is closed', async () => {
    const { port } = await feeds.simulate({ plan: plan(2), ends: false });
    const feed = feeds.open(port);
    await until(async () => expect(feed.status().queued).toBe(2));
    const reading = feed.read({ max: 100, waitMs: 60_000, lingerMs: 60_000 });
    await feed.close();

    expect(await reading).toHaveLength(2);
    expect(feed.status().state).toBe('closed');
  });

  it('refuses a login that does not fit before it connects', () => {
    expect(() => feeds.open(1, null, { user: 'much too long' })).toThrow(RangeError);
  });
});

describe('a second consumer', () => {
  it('is refused by name, and takes over when the first one is gone', async () => {
    const { port } = await feeds.simulate({ plan: plan(40), ends: false });
    const first = feeds.open(port);
    const before = await readAll(first, 10);
    const second = feeds.open(port, at(11));
    await until(async () => expect(problemsOf(second)).toEqual(['feed.session-in-use']));
    await first.close();

    expect(before).toHaveLength(10);
    expect((await readAll(second, 30)).map(({ position }) => position.offset)[0]).toBe(11);
  });
});

describe('a consumer that stands still', () => {
  it('is dropped by the simulated server, and does not keep its successor out', async () => {
    const { port } = await feeds.simulate({ plan: plan(5), silenceMs: 200, ends: false });
    const still = net.connect(port, '127.0.0.1');
    still.on('error', () => still.destroy());
    const request = { user: 'tain', password: 'secret', session: SESSION, sequence: 1 };
    still.write(encodeClientPacket({ type: 'login-request', ...request }));
    await new Promise((resolve) => still.once('data', resolve));
    const successor = feeds.open(port, at(1));

    expect(await readAll(successor, 5)).toHaveLength(5);
    // First of all: where this process stands still, it may itself be taken for one that says nothing.
    expect(problemsOf(successor)[0]).toBe('feed.session-in-use');
    still.destroy();
  });
});

describe('a login', () => {
  it('that is refused stops the feed until somebody decides', async () => {
    const { port } = await feeds.simulate({
      plan: plan(3),
      credentials: { user: 'tain', password: 'other' },
    });
    const feed = feeds.open(port);

    await expect(feed.read({ max: 1, waitMs: 5000 })).rejects.toMatchObject({ code: 'feed.login-refused' });
    expect(feed.status()).toMatchObject({ state: 'stopped', attempts: 1 });
  });

  it('for a session that is not there is tried again', async () => {
    const { port } = await feeds.simulate({ plan: plan(3) });
    const feed = feeds.open(port, { shard: 'DAY2', offset: 1 });
    await until(async () => expect(feed.status().attempts).toBeGreaterThan(1));

    expect(problemsOf(feed)).toEqual(['feed.session-unavailable']);
  });

  it('that is answered with another session stops the feed', async () => {
    const port = await feeds.serve(1, (socket) => socket.write(message('{}')), 'DAY2');
    const feed = feeds.open(port, at(1));

    await expect(feed.read({ max: 1, waitMs: 5000 })).rejects.toMatchObject({ code: 'feed.session-changed' });
  });
});

describe('a session that begins anew under its name', () => {
  it('stops the feed: nothing of it is taken, and what came before is not lost', async () => {
    const before = await feeds.simulate({ plan: plan(20), ends: false });
    const feed = feeds.open(before.port);
    await until(async () => expect(feed.status().queued).toBe(20));
    await before.close();
    await feeds.simulate({ plan: plan(5, { seed: 'anew' }), port: before.port });
    await until(async () => expect(feed.status().state).toBe('stopped'));

    expect(await feed.read({ max: 100, waitMs: 0 })).toHaveLength(20);
    await expect(feed.read({ max: 100, waitMs: 0 })).rejects.toMatchObject({
      code: 'feed.session-restarted',
      params: { feed: 'fx', session: SESSION, last: 20 },
    });
  });
});

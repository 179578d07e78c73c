import { afterEach, describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';
import type { ReaderRequest } from '../../../activities/feed-reader.ts';
import { lastAuditSeq } from '../../../db/audit.ts';
import { fillGap, recordGaps } from '../../../db/feed-gaps.ts';
import { resumeFeed } from '../../../db/feeds.ts';
import { planFeed } from '../../../demo/feed/plan.ts';
import { encodeServerPacket } from '../../../domain/feeds/encode-packet.ts';
import type { FeedAnswer } from '../../../domain/feeds/answers.ts';
import type { FeedMessage } from '../../../platform/feeds/feed-source.ts';
import { useDatabase } from '../../support/database.ts';
import { useFeeds } from '../../support/feeds.ts';
import { readOnce } from '../../support/read-feed.ts';

const FEED = 'fx';
const database = useDatabase();
const feeds = useFeeds();

afterEach(async () => {
  await database.sql`drop trigger if exists refused on feed_journal`;
  await database.sql`
    truncate feed, feed_journal, feed_gap, feed_altered, feed_status, feed_latency, ledger_source, tb_on_hist,
      event_key, event_outcome, tb_on_mst`;
});

const END = encodeServerPacket({ type: 'end-of-session' });
const send = (socket: Socket, ...texts: string[]): void => {
  for (const text of texts)
    socket.write(encodeServerPacket({ type: 'sequenced', message: Buffer.from(text) }));
};

const message = (offset: number, repeated = false): FeedMessage => ({
  position: { shard: 'DAY1', offset },
  bytes: Buffer.from(`"${offset}"`),
  receivedAt: Date.UTC(2026, 10, 20),
  receivedTick: performance.now(),
  repeated,
});

/**
 * A source that gives these batches and has then ended.
 * @param next of a login after the first batch, which leaves out 3 and on
 * @param lastOf how many reads it takes until the end is known
 */
function scripted(batches: FeedMessage[][], next: number, lastOf: number): ReaderRequest['open'] {
  return (_, observe) => {
    let reads = 0;
    const isOver = (): boolean => reads >= lastOf;
    return {
      read() {
        reads += 1;
        if (reads === 1) observe({ type: 'gap', shard: 'DAY1', from: 3, to: next });
        return Promise.resolve(batches[reads - 1] ?? []);
      },
      acknowledge: () => Promise.resolve(0),
      status: () => ({
        state: isOver() ? 'ended' : 'connected',
        problem: null,
        next: { shard: 'DAY1', offset: next },
        queued: 0,
        waitingSince: null,
        attempts: 1,
      }),
      close: () => Promise.resolve(),
    };
  };
}

const read = (port: number, more: Partial<ReaderRequest> = {}) => readOnce(database.sql, FEED, port, more);

const journal = () =>
  database.sql`select session, sequence, convert_from(raw, 'UTF8') as text from feed_journal order by 1, 2`;
const gaps = () =>
  database.sql`select session, from_sequence, to_sequence, filled_at is null as open from feed_gap order by 1, 2`;

describe('the reader of a feed', () => {
  it('fails when a batch cannot be committed, also when no other message comes', async () => {
    await database.sql`
      create trigger refused before insert on feed_journal for each statement execute function refuse_journal_change()`;
    const port = await feeds.serve(1, (socket) => send(socket, '{}'));
    await expect(read(port)).rejects.toMatchObject({ code: '23000' });
    expect(await journal()).toHaveLength(0);
  });

  it('names what is missing of a session that ends behind it', async () => {
    const source = scripted([[message(1), message(2)]], 6, 1);
    await expect(read(0, { open: source })).resolves.toMatchObject({ ended: 'session-ended' });
    expect(await gaps()).toEqual([{ session: 'DAY1', from_sequence: 3, to_sequence: 6, open: true }]);
    expect(await database.sql`select from feed where session_ended and next_sequence = 6`).toHaveLength(1);
  });

  it('ends a session that had no message, behind another one', async () => {
    const first = await feeds.serve(1, (socket) => (send(socket, '{}'), socket.write(END)));
    await expect(read(first)).resolves.toMatchObject({ ended: 'session-ended' });
    const port = await feeds.serve(1, (socket) => socket.write(END), 'DAY2');
    await expect(read(port)).resolves.toMatchObject({ ended: 'session-ended', messages: 0 });
    expect(await database.sql`select session, session_ended, next_sequence from feed`).toEqual([
      { session: 'DAY2', session_ended: true, next_sequence: 1 },
    ]);
  });

  it('journals messages that were left out and then sent after all, before anything came behind them', async () => {
    await read(0, {
      open: scripted([[message(1), message(2)], [message(3, true), message(4, true)], []], 5, 2),
    });
    expect((await journal()).map((row) => row['text'] as string)).toEqual(['"1"', '"2"', '"3"', '"4"']);
    expect(await gaps()).toHaveLength(0);
  });

  it('puts what comes late in its batch in its place, and names only what is missing then', async () => {
    const all = [message(1), message(2), message(6), message(3, true), message(4, true)];
    const seq = await lastAuditSeq(database.sql);
    await read(0, { open: scripted([all], 7, 1) });
    expect((await journal()).map((row) => row['sequence'] as number)).toEqual([1, 2, 3, 4, 6]);
    expect(await gaps()).toEqual([{ session: 'DAY1', from_sequence: 5, to_sequence: 6, open: true }]);
    expect(
      await database.sql`select action, after from audit_log where action like 'feed.gap%' and seq > ${seq}`,
    ).toEqual([{ action: 'feed.gap-found', after: { session: 'DAY1', from: 5, to: 6 } }]);
  });

  it('fills a gap by what comes late in a batch behind the one that found it', async () => {
    const batches = [[message(1), message(4)], [message(3, true)], []];
    await read(0, { open: scripted(batches, 5, 2) });
    expect(await gaps()).toEqual([
      { session: 'DAY1', from_sequence: 2, to_sequence: 3, open: true },
      { session: 'DAY1', from_sequence: 3, to_sequence: 4, open: false },
    ]);
  });

  it('keeps a session apart from an earlier one of its name', async () => {
    const sessions: [string, string][] = [
      ['MON', '"one"'],
      ['TUE', '"two"'],
      ['MON', '"three"'],
    ];
    for (const [session, text] of sessions) {
      const port = await feeds.serve(1, (socket) => (send(socket, text), socket.write(END)), session);
      await expect(read(port)).resolves.toMatchObject({ ended: 'session-ended', messages: 1 });
    }
    expect(await journal()).toEqual([
      { session: 'MON', sequence: 1, text: '"one"' },
      { session: 'MON#2', sequence: 1, text: '"three"' },
      { session: 'TUE', sequence: 1, text: '"two"' },
    ]);
  });

  it('names a session that began anew behind its end although it begins with the same message', async () => {
    const of = (...texts: string[]) =>
      feeds.serve(1, (socket) => (send(socket, ...texts), socket.write(END)));
    await expect(read(await of('"begin"', '"one"'))).resolves.toMatchObject({ ended: 'session-ended' });
    await expect(read(await of('"begin"', '"one"'))).resolves.toMatchObject({ messages: 0 });
    for (const texts of [
      ['"begin"', '"two"'],
      ['"begin"', '"one"', '"more"'],
    ])
      await expect(read(await of(...texts))).rejects.toMatchObject({ code: 'feed.session-restarted' });
    expect(await journal()).toHaveLength(2);
  });

  it('reads a session that began anew under the name of one that ended, once an operator says so', async () => {
    const by = { actor: 'olga', role: 'operator' } as const;
    for (const text of ['"one"', '"two"']) {
      const port = await feeds.serve(1, (socket) => (send(socket, text), socket.write(END)));
      await expect(read(port)).resolves.toMatchObject({ ended: 'session-ended', messages: 1 });
      await expect(read(port)).resolves.toMatchObject({ ended: 'session-ended', messages: 0 });
      for (const reason of ['it began anew', 'said twice'])
        await resumeFeed(database.sql, FEED, { by, reason, session: 'again' });
    }
    expect(await journal()).toMatchObject([{ session: 'DAY1' }, { session: 'DAY1#2', text: '"two"' }]);
  });

  it('stops at a session that began anew and is not at its beginning any more, and takes nothing of it', async () => {
    const plan = (seed: string, rate: number) => planFeed({ seed, rows: 60, date: '2026-11-20', rate });
    const first = await feeds.simulate({ plan: plan('old', 20_000).slice(0, 40), ends: false });
    const stop = new AbortController();
    const reached = ({ next }: { next: number }): void => {
      if (next === 41) stop.abort(new Error('read'));
    };
    await expect(read(first.port, { signal: stop.signal, onProgress: reached })).rejects.toThrow('read');
    const before = await journal();
    await first.close();

    const anew = await feeds.simulate({ plan: plan('new', 20), port: first.port, answersOwnNext: true });
    await expect(read(first.port, { acknowledge: true })).rejects.toMatchObject({
      code: 'feed.session-restarted',
      params: { session: 'DAY1', last: 40 },
    });
    expect(anew.truth().logins[0]!.answered).toBeLessThan(38);
    expect(before).toHaveLength(40);
    expect(await journal()).toEqual(before);
    expect((await database.sql`select from feed_altered`).length).toBeGreaterThanOrEqual(3);
    // No verdict of another message that has the number, and none that was due from before.
    expect(anew.truth().answers.filter(({ accepted }) => accepted)).toEqual([]);
    await expect(read(first.port)).rejects.toMatchObject({ code: 'feed.session-restarted' });
    expect(await journal()).toEqual(before);
  });

  it('answers what comes again as before, and what changed with a reason, never as what stands', async () => {
    const altered = { ...message(2, true), bytes: Buffer.from('"other"') };
    const opened = scripted([[message(1), message(2)], [message(1, true), altered], []], 3, 2);
    const told: FeedAnswer[] = [];
    await read(0, {
      acknowledge: true,
      open: (from, observe) => ({
        ...opened(from, observe),
        acknowledge: (answers) => Promise.resolve(told.push(...answers) && answers.length),
      }),
    });
    expect(told.map(({ sequence }) => sequence)).toEqual([1, 2, 1, 2]);
    expect(told[2]).toEqual(told[0]);
    expect(told[3]).toMatchObject({ accepted: false, issues: [{ ruleId: 'feed.altered' }] });
  });

  it('ends although its sender takes no answers', async () => {
    const stop = new AbortController();
    const texts = Array.from({ length: 300 }, () => '{}');
    const opened = scripted([Array.from(texts, (_, at) => message(at + 1))], 301, Infinity);
    const reading = read(0, {
      acknowledge: true,
      signal: stop.signal,
      open: (from, observe) => ({
        ...opened(from, observe),
        acknowledge: () => new Promise(() => undefined),
      }),
      onProgress: () => stop.abort(new Error('paused')),
    });
    await expect(reading).rejects.toThrow('paused');
    expect(await journal()).toHaveLength(300);
  });

  it('keeps the reason of what remains of a gap when a part of it comes late', async () => {
    const session = { feed: FEED, session: 'DAY1' };
    const gap = { from: 1, to: 10 };
    await database.sql.begin(async (tx) => {
      await recordGaps(tx, session, [gap], { code: 'feed.no-replay', params: { feed: FEED } });
      await fillGap(tx, session, gap, { from: 4, to: 5 });
    });
    const rows = await database.sql`
      select from_sequence, problem_code, problem_params from feed_gap order by from_sequence`;
    const reason = { problem_code: 'feed.no-replay', problem_params: { feed: FEED } };
    expect(rows).toEqual([
      { from_sequence: 1, ...reason },
      { from_sequence: 4, problem_code: null, problem_params: null },
      { from_sequence: 5, ...reason },
    ]);
  });
});

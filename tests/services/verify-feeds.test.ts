import { beforeAll, describe, expect, it } from '@jest/globals';
import type { TransactionSql } from 'postgres';
import { createFeedJudge, type JudgedFeedMessage } from '../../activities/feed-judge.ts';
import { eventsOf, storeBatch } from '../../activities/feed-batch.ts';
import type { FeedDifference, FeedProof } from '../../contracts/feed-verification.ts';
import { describeFeedDifference } from '../../contracts/texts/en-feed-verification.ts';
import { beginSession, claimFeed, reconcileFeeds, type FeedRow } from '../../db/feeds.ts';
import { proveFeed } from '../../db/verify-feeds.ts';
import { selectDay, verifySelection } from '../../db/verify.ts';
import { planFeed, type PlannedMessage } from '../../demo/feed/plan.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const FEED = 'desk';
const SESSION = { feed: FEED, session: 'DAY1' };
/** Noon of 20 November 2026 in Seoul. */
const RECEIVED_AT = Date.UTC(2026, 10, 20, 3);
const BATCH = 100;
/** Two ranges do not come when their turn is; the first of them comes later but for one message. */
const LATE = { from: 120, to: 125 };
const LOST = { from: 300, to: 303 };
const STILL_LOST = 122;
const MESSAGES = planFeed({
  seed: 'proof',
  rows: 600,
  date: '2026-11-20',
  rate: 20_000,
  duplicateShare: 0.05,
  malformedShare: 0.05,
});
const END = MESSAGES.length + 1;

const isIn = ({ from, to }: { from: number; to: number }, sequence: number): boolean =>
  sequence >= from && sequence < to;

/** A claimed feed whose session has begun, and its messages with their verdicts. */
type Read = { readonly row: FeedRow; readonly judged: readonly JudgedFeedMessage[] };

async function read(messages: readonly PlannedMessage[]): Promise<Read> {
  const { sql } = database;
  await reconcileFeeds(sql, [{ feed: FEED, settings: {} }]);
  const row = (await claimFeed(sql, FEED))!;
  const judge = createFeedJudge(sql, BUILT_IN_REGISTERS, 'Asia/Seoul');
  const judged = await judge(
    messages.map(({ sequence, bytes }) => ({
      position: { shard: SESSION.session, offset: sequence },
      bytes,
      receivedAt: RECEIVED_AT,
      receivedTick: 0,
      repeated: false,
    })),
  );
  await beginSession(sql, row, SESSION.session);
  return { row, judged };
}

beforeAll(async () => {
  const { row, judged } = await read(MESSAGES);
  const came = judged.filter(({ sequence }) => !isIn(LATE, sequence) && !isIn(LOST, sequence));
  let from = 1;
  for (let at = 0; at < came.length; at += BATCH) {
    const messages = came.slice(at, at + BATCH);
    const to = messages.at(-1)!.sequence + 1;
    const gaps = [LATE, LOST].filter((gap) => gap.from >= from && gap.to <= to);
    const batch = {
      attempt: row,
      session: SESSION,
      from,
      to,
      messages,
      events: eventsOf(SESSION, messages),
      gaps,
      gapProblem: null,
    };
    await storeBatch(database.sql, { ...batch, repeated: [], nextAnswer: 1, alteredInARow: 0 });
    from = to;
  }
  const repeated = judged.filter(({ sequence }) => isIn(LATE, sequence) && sequence !== STILL_LOST);
  const altered = { ...judged[0]!, bytes: Buffer.from('something else') };
  const again = {
    attempt: row,
    session: SESSION,
    from,
    to: from,
    messages: [],
    events: [],
    gaps: [],
    gapProblem: null,
  };
  await storeBatch(database.sql, {
    ...again,
    repeated: [...repeated, altered],
    nextAnswer: 1,
    alteredInARow: 0,
  });
});

const prove = (): Promise<FeedProof> => proveFeed({ sql: database.sql }, FEED);

const TABLES = [
  'feed',
  'feed_journal',
  'feed_gap',
  'feed_basis',
  'ledger_source',
  'tb_on_hist',
  'event_outcome',
];

/** What is found after a change, which is taken back. */
async function foundAfter(change: (tx: TransactionSql) => Promise<unknown>): Promise<FeedProof> {
  const { sql } = database;
  for (const table of TABLES) await sql`create table ${sql(`kept_${table}`)} as table ${sql(table)}`;
  try {
    await sql.begin(async (tx) => {
      await tx`alter table feed_journal disable trigger feed_journal_append_only`;
      await tx`alter table tb_on_hist disable trigger tb_on_hist_append_only`;
      await change(tx);
      await tx`alter table feed_journal enable trigger feed_journal_append_only`;
      await tx`alter table tb_on_hist enable trigger tb_on_hist_append_only`;
    });
    return await prove();
  } finally {
    for (const table of TABLES) {
      await sql`delete from ${sql(table)}`;
      await sql`insert into ${sql(table)} overriding system value table ${sql(`kept_${table}`)}`;
      await sql`drop table ${sql(`kept_${table}`)}`;
    }
  }
}

const differencesOf = ({ sessions }: FeedProof): FeedDifference[] =>
  sessions.flatMap(({ differences }) => differences);

/** A message that was accepted and has an event, and one that was rejected. */
const accepted = MESSAGES.find(({ expected }) => expected.verdict === 'accepted')!.sequence;
const rejected = MESSAGES.find(({ expected }) => expected.verdict === 'rejected')!.sequence;
const copyEvent = (tx: TransactionSql, position: number) => tx`
  insert into tb_on_hist
  select source_id, ${position}, subject_key, subject_kind, fold_time, event_time, fold_rank, content_hash, part, elements
  from tb_on_hist where position = ${accepted}`;

describe('the proof of a feed', () => {
  it('holds for a day with duplicates, messages that cannot be read, and gaps that were filled in part', async () => {
    const { differing, sessions } = await prove();

    expect(sessions.flatMap(({ differences }) => differences.map(describeFeedDifference))).toEqual([]);
    expect(differing).toBe(0);
    const journalled = MESSAGES.filter(({ sequence }) => !isIn(LOST, sequence) && sequence !== STILL_LOST);
    const isAccepted = ({ expected }: PlannedMessage): boolean => expected.verdict === 'accepted';
    expect(sessions).toMatchObject([
      {
        session: 'DAY1',
        checkpoint: END,
        counts: {
          journalled: journalled.length,
          accepted: journalled.filter(isAccepted).length,
          rejected: journalled.filter((message) => !isAccepted(message)).length,
        },
        gaps: {
          filled: 2,
          open: 2,
          openMessages: 4,
          ranges: [{ from: STILL_LOST, to: STILL_LOST + 1 }, LOST],
        },
        altered: 1,
        unprovable: [],
      },
    ]);
    const [{ counts, ledger }] = sessions as [FeedProof['sessions'][number]];
    expect(counts.rejected).toBeGreaterThan(20);
    expect(ledger.duplicate).toBeGreaterThan(10);
    expect(Object.values(ledger).reduce((sum, count) => sum + count, 0)).toBe(counts.accepted);
  });

  it('is part of the proof of its day, with its swaps folded again, and of no other day', async () => {
    const dependencies = { sql: database.sql, openRaw: async () => null };

    const day = await verifySelection(dependencies, await selectDay(database.sql, '2026-11-20'));
    expect(day).toMatchObject({ holds: true, feeds: [{ feed: FEED, differing: 0 }] });
    expect(day.ledger.events).toBe(
      day.feeds[0]!.sessions[0]!.counts.accepted - day.feeds[0]!.sessions[0]!.ledger.unplaced,
    );

    const other = await verifySelection(dependencies, await selectDay(database.sql, '2026-11-21'));
    expect(other).toMatchObject({ holds: true, feeds: [], ledger: { subjects: 0 } });
  });

  it.each<[string, (tx: TransactionSql) => Promise<unknown>, RegExp]>([
    [
      'a message that is gone',
      (tx) => tx`delete from feed_journal where sequence = ${accepted}`,
      new RegExp(`message ${accepted}: not journalled, and in no gap`),
    ],
    [
      'many that are gone, as one range',
      (tx) => tx`delete from feed_journal where sequence between 400 and 449`,
      /messages 400–449: not journalled/,
    ],
    [
      'the last ones that are gone',
      (tx) => tx`delete from feed_journal where sequence >= ${END - 3}`,
      new RegExp(`messages ${END - 3}–${END - 1}: not journalled`),
    ],
    [
      'a byte that was flipped',
      (tx) => tx`update feed_journal set raw = set_byte(raw, 0, 63) where sequence = ${accepted}`,
      new RegExp(`message ${accepted}: the stored verdict is accepted; the bytes give rejected`),
    ],
    [
      'a value that was changed for another valid one',
      (tx) => tx`
        update feed_journal set raw = convert_to(replace(convert_from(raw, 'UTF8'), '"USD"', '"EUR"'), 'UTF8')
        where sequence = (
          select min(sequence) from feed_journal join tb_on_hist on position = sequence
          where elements like '%"USD"%')`,
      /message \d+: the ledger has content [0-9a-f]{64} where the message gives content/,
    ],
    [
      'a verdict that was changed',
      (tx) => tx`update feed_journal set verdict = 'accepted' where sequence = ${rejected}`,
      new RegExp(`message ${rejected}: the stored verdict is accepted; the bytes give rejected`),
    ],
    [
      'issues that were removed',
      (tx) => tx`update feed_journal set issues = null where sequence = ${rejected}`,
      new RegExp(`message ${rejected}: the stored issues are none; the bytes give `),
    ],
    [
      'a key that was changed',
      (tx) => tx`update feed_journal set record_key = 'X' where sequence = ${accepted}`,
      new RegExp(`message ${accepted}: the stored key is X; the bytes give `),
    ],
    [
      'an event that was removed',
      (tx) => tx`delete from tb_on_hist where position = ${accepted}`,
      new RegExp(`message ${accepted}: accepted, and the ledger has no event of it`),
    ],
    [
      'an event of a rejected message',
      (tx) => copyEvent(tx, rejected),
      new RegExp(
        `message ${rejected}: the ledger has an event for swap \\S+, and there is no accepted message`,
      ),
    ],
    [
      'an event far behind the checkpoint',
      (tx) => copyEvent(tx, 10_000_000),
      /message 10000000: the ledger has an event/,
    ],
    [
      'an event of another swap',
      (tx) => tx`update tb_on_hist set subject_key = 'ELSEWHERE' where position = ${accepted}`,
      new RegExp(`message ${accepted}: the ledger has swap ELSEWHERE where the message gives swap `),
    ],
    [
      'an outcome that was removed',
      (tx) => tx`delete from event_outcome where position = ${accepted}`,
      new RegExp(`message ${accepted}: the ledger has an event for \\S+ \\S+, but not what became of it`),
    ],
    [
      'outcomes that do not add up',
      (tx) => tx`delete from event_outcome where position = ${accepted}`,
      /session DAY1: the outcomes in the ledger add up to \d+; \d+ messages are accepted/,
    ],
    [
      'an outcome of no event',
      (tx) => tx`
        insert into event_outcome select source_id, ${rejected}, 1, 'applied', null from ledger_source`,
      new RegExp(`message ${rejected}: the ledger says applied of an event that it does not have`),
    ],
    [
      'a source that is gone',
      (tx) => tx`delete from ledger_source`,
      /message 1: accepted, and the ledger has no event of it/,
    ],
    [
      'a checkpoint beyond the journal',
      (tx) => tx`update feed set next_sequence = next_sequence + 7`,
      new RegExp(`messages ${END}–${END + 6}: not journalled`),
    ],
    [
      'a checkpoint behind the journal',
      (tx) => tx`update feed set next_sequence = next_sequence - 1`,
      new RegExp(`message ${END - 1}: journalled although the checkpoint is ${END - 1}`),
    ],
    [
      'a gap that is gone',
      (tx) => tx`delete from feed_gap where from_sequence = ${LOST.from}`,
      /messages 300–302: not journalled, and in no gap/,
    ],
    [
      'an open gap that is said to be filled',
      (tx) => tx`update feed_gap set filled_at = now() where from_sequence = ${LOST.from}`,
      /messages 300–302: not journalled although the gap is said to be filled/,
    ],
    [
      'a filled gap that is said to be open',
      (tx) => tx`update feed_gap set filled_at = null where from_sequence = ${LATE.from}`,
      /message 120: journalled although the gap is said to be open/,
    ],
    [
      'gaps that overlap',
      (tx) => tx`update feed_gap set to_sequence = 124 where from_sequence = ${STILL_LOST}`,
      /message 123: in two gaps at once/,
    ],
    [
      'a gap behind the checkpoint',
      (tx) => tx`
        insert into feed_gap (feed, session, from_sequence, to_sequence) values (${FEED}, 'DAY1', ${END}, ${END + 2})`,
      new RegExp(`messages ${END}–${END + 1}: in a gap although the checkpoint is ${END}`),
    ],
    [
      'registers that are not kept',
      (tx) => tx`update feed_basis set register_version = 'sha-unknown'`,
      /message 1: cannot be judged again: registers sha-unknown is not kept/,
    ],
  ])('names %s', async (_, change, words) => {
    const proof = await foundAfter(change);

    expect(differencesOf(proof).map(describeFeedDifference).join('\n')).toMatch(words);
    expect((await prove()).differing).toBe(0);
  });

  it('says that it cannot prove messages judged by rules of another version, and does not call them wrong', async () => {
    const { differing, sessions } = await foundAfter(
      (tx) => tx`update feed_basis set rule_set_version = 'cftc-2.0'`,
    );

    expect(differing).toBe(0);
    expect(sessions[0]!.unprovable).toEqual([
      { ruleSetVersion: 'cftc-2.0', messages: sessions[0]!.counts.journalled },
    ]);
  });

  it('covers a session that is not read any more, whose end nobody knows', async () => {
    const { differing, sessions } = await foundAfter(
      (tx) => tx`update feed set generation = 2, next_sequence = 1`,
    );

    expect(differing).toBe(0);
    expect(sessions.map(({ session, checkpoint }) => [session, checkpoint])).toEqual([
      ['DAY1', null],
      ['DAY1#2', 1],
    ]);
  });

  it('can be stopped, and tells how far it is', async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    const onProgress = (_: unknown, sequence: number): void => {
      seen.push(sequence);
      stop.abort(new Error('enough'));
    };

    await expect(proveFeed({ sql: database.sql, signal: stop.signal, onProgress }, FEED)).rejects.toThrow(
      'enough',
    );
    expect(seen).toHaveLength(1);
  });

  it('is refused for a feed that there is not', async () => {
    await expect(proveFeed({ sql: database.sql }, 'nobody')).rejects.toMatchObject({
      code: 'feed.not-found',
    });
  });
});

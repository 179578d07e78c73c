import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventsOf, storeBatch } from '../../activities/feed-batch.ts';
import { createFeedJudge } from '../../activities/feed-judge.ts';
import type { VerificationReport } from '../../contracts/verification.ts';
import { beginSession, claimFeed, reconcileFeeds } from '../../db/feeds.ts';
import { planFeed } from '../../demo/feed/plan.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { useDatabase } from '../support/database.ts';
import { useDataDir } from '../support/files.ts';
import { runCommand } from '../support/run-command.ts';

const database = useDatabase();
const data = useDataDir();
const SESSION = { feed: 'desk', session: 'DAY1' };
const LOST = { from: 31, to: 33 };

const verify = (...args: string[]) =>
  runCommand(['verify', ...args], { DATABASE_URL: database.url, TAIN_DATA_DIR: data.dataDir });

beforeAll(async () => {
  const { sql } = database;
  await reconcileFeeds(sql, [
    { feed: 'desk', settings: {} },
    { feed: 'new', settings: {} },
  ]);
  const row = (await claimFeed(sql, 'desk'))!;
  await beginSession(sql, row, 'DAY1');
  const judge = createFeedJudge(sql, BUILT_IN_REGISTERS, 'Asia/Seoul');
  const plan = planFeed({ seed: 'cli', rows: 60, date: '2026-11-20', rate: 1000, duplicateShare: 0.1 });
  const messages = await judge(
    plan
      .filter(({ sequence }) => sequence < LOST.from || sequence >= LOST.to)
      .map(({ sequence, bytes }) => ({
        position: { shard: 'DAY1', offset: sequence },
        bytes,
        receivedAt: Date.UTC(2026, 10, 20, 3),
        receivedTick: 0,
        repeated: false,
      })),
  );
  await storeBatch(sql, {
    attempt: row,
    session: SESSION,
    from: 1,
    to: messages.at(-1)!.sequence + 1,
    messages,
    events: eventsOf(SESSION, messages),
    gaps: [LOST],
    gapProblem: null,
    repeated: [],
    nextAnswer: 1,
    alteredInARow: 0,
  });
});

describe('tain verify', () => {
  it('proves a feed by its name and with its day, and names what is known to be missing', async () => {
    for (const args of [['--feed', 'desk'], ['2026-11-20']]) {
      const { code, stdout, stderr } = await verify(...args);

      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(stdout).toContain('proven  feed desk, session DAY1\n');
      expect(stdout).toMatch(/ {4}journalled \d+ = accepted \d+ \+ rejected \d+, checkpoint \d+\n/);
      expect(stdout).toContain('    missing 2 messages: 31–32\n');
      expect(stdout).toMatch(/ {4}in the ledger: accepted \d+ = applied \d+ \+ duplicate \d+/);
      expect(stdout).toMatch(/proven {2}ledger: \d+ swaps and portfolios/);
      expect(stdout).toMatch(/proven {2}audit log/);
    }
    const { feeds } = JSON.parse((await verify('--feed', 'desk', '--json')).stdout) as VerificationReport;
    expect(feeds).toMatchObject([{ feed: 'desk', differing: 0, sessions: [{ gaps: { openMessages: 2 } }] }]);
  });

  it('exits 1 when a message is gone, and names it', async () => {
    const [row] = await database.sql`delete from feed_journal where sequence = 7 returning *`;
    const { code, stdout } = await verify('--feed', 'desk');
    await database.sql`insert into feed_journal ${database.sql({ ...row, issues: null })}`;

    expect(code).toBe(1);
    expect(stdout).toMatch(/differs {2}feed desk, session DAY1\n/);
    expect(stdout).toContain('desk: session DAY1, message 7: not journalled, and in no gap that is known.');
  });

  it('says that a feed has nothing yet, that there is no such feed, and what cannot be asked together', async () => {
    const empty = await verify('--feed', 'new');
    expect(empty.code).toBe(0);
    expect(empty.stdout).toContain('feed new: no session yet');
    const unknown = await verify('--feed', 'nobody');
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('nobody');
    expect((await verify('2026-11-20', '--feed', 'desk')).stderr).toContain('or give --feed');
  });
});

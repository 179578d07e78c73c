import { afterEach, describe, expect, it } from '@jest/globals';
import { planFeed } from '../../demo/feed/plan.ts';
import { useDatabase } from '../support/database.ts';
import { measureDistance, NO_DISTANCE } from '../support/feed-truth.ts';
import { SESSION, useFeeds } from '../support/feeds.ts';
import { useRoleProcesses } from '../support/role-process.ts';
import { FEED, useStreams } from '../support/streams.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const feeds = useFeeds();
const streams = useStreams(database, temporal);
const startRole = useRoleProcesses(database, temporal);

/** As connectRealtime sets it; and how late a busy machine may be in ending such a transaction. */
const TRANSACTION_TIMEOUT_MS = 5000;
const SLACK_MS = 3000;

afterEach(async () => {
  await streams.handleOf().terminate('end of the test');
});

type Backend = {
  readonly pid: number;
  readonly state: string;
  readonly waits: boolean;
  readonly ageMs: number;
};

/** Transactions of the realtime role. */
const transactions = () => database.sql<Backend[]>`
  select pid, state, wait_event_type is not distinct from 'Lock' as waits,
    extract(epoch from clock_timestamp() - xact_start)::float8 * 1000 as "ageMs"
  from pg_stat_activity
  where datname = current_database() and application_name = 'tain realtime' and xact_start is not null`;

const journalled = async (): Promise<number> =>
  (await database.sql<[{ n: number }]>`select count(*) as n from feed_journal`)[0].n;

/** Holds up the next batch between its checkpoint and its commit while `run` runs. */
async function holdingTheLedger(run: () => Promise<void>): Promise<void> {
  const holder = await database.sql.reserve();
  try {
    await holder`begin`;
    await holder`lock table tb_on_mst in access exclusive mode`;
    await run();
  } finally {
    await holder`rollback`;
    holder.release();
  }
}

describe('a reader that is stopped in the middle of a transaction', () => {
  it('holds its successor up no longer than the transaction timeout, and writes nothing when it wakes', async () => {
    const messages = planFeed({ seed: 'stopped', rows: 1200, date: '2026-11-20', rate: 50 });
    // The sender notices that nobody listens any more before it lets another one in.
    const simulator = await feeds.simulate({ plan: messages, silenceMs: 1000 });
    await streams.write([{ port: simulator.port, acknowledge: true }]);
    const stopped = await startRole('realtime', { TAIN_FEEDS_FILE: streams.feedsFile() });
    await until(async () => expect(await journalled()).toBeGreaterThan(20));
    const successor = await startRole('realtime', { TAIN_FEEDS_FILE: streams.feedsFile() });

    let blocked: Backend | undefined;
    await holdingTheLedger(async () => {
      await until(async () => {
        blocked = (await transactions()).find(({ waits }) => waits);
        expect(blocked).toBeDefined();
      });
      stopped.signal('SIGSTOP');
    });
    // What the database could do without it is done; the commit is what does not come.
    await until(async () =>
      expect(await transactions()).toContainEqual(
        expect.objectContaining({ pid: blocked!.pid, state: 'idle in transaction' }),
      ),
    );
    const before = await journalled();
    const [{ epoch }] = await database.sql<[{ epoch: number }]>`select epoch from feed where feed = ${FEED}`;

    let longestMs = 0;
    await until(async () => {
      longestMs = Math.max(longestMs, ...(await transactions()).map(({ ageMs }) => ageMs));
      expect(await journalled()).toBeGreaterThan(before + 20);
    }, 150_000);
    expect(longestMs).toBeLessThan(TRANSACTION_TIMEOUT_MS + SLACK_MS);
    expect((await transactions()).map(({ pid }) => pid)).not.toContain(blocked!.pid);
    const [taken] = await database.sql<[{ epoch: number }]>`select epoch from feed where feed = ${FEED}`;
    expect(taken.epoch).toBeGreaterThan(epoch);

    stopped.signal('SIGCONT');
    await until(async () => expect(await journalled()).toBe(messages.length), 120_000);
    expect(successor.isAlive()).toBe(true);
    expect(await database.sql`select from feed_gap`).toHaveLength(0);
    const sent = [{ feed: FEED, session: SESSION, messages }];
    expect(await measureDistance(database.sql, sent)).toEqual(NO_DISTANCE);
    await until(async () =>
      expect(new Set(simulator.truth().answers.map(({ sequence }) => sequence)).size).toBe(messages.length),
    );
  }, 300_000);
});

/** The governor at work, for tests: feeds as their readers would tell of them, and a worker of its queue. */
import { createGovernorActivities, type GovernorDependencies } from '../../activities/governor.ts';
import { QUEUES } from '../../contracts/queues.ts';
import { GOVERNOR_POLICY, type GovernorPolicy } from '../../domain/governor/policy.ts';
import type { Sql } from '../../platform/postgres.ts';
import type { TestTemporal } from './temporal.ts';
import { withWorker } from './worker.ts';

/** As the real one, in less time. */
export const FAST_POLICY: GovernorPolicy = {
  ...GOVERNOR_POLICY,
  looks: 2,
  minimumHoldMs: 1000,
  quietMs: 500,
  freezeAfterMs: 60_000,
};

/** A feed that is to run, heard of at its start: no governor of these tests is up for long enough to call it silent. */
export async function tellFeed(sql: Sql, feed: string, lagMs: number): Promise<void> {
  await sql`
    insert into feed (feed, settings, wanted_by) values (${feed}, '{}', 'test') on conflict do nothing`;
  await sql`
    insert into feed_status (feed, epoch, state, lag_messages, lag_ms, seen_at)
    values (${feed}, 1, 'connected', 0, ${lagMs}, clock_timestamp() + interval '10 minutes')
    on conflict (feed) do update set lag_ms = excluded.lag_ms, seen_at = excluded.seen_at`;
}

export const fastGovernor = (
  dependencies: Pick<GovernorDependencies, 'sql' | 'client'> & Partial<GovernorDependencies>,
) =>
  createGovernorActivities({
    readPressure: async () => null,
    policy: FAST_POLICY,
    lookMs: 100,
    cycleMs: 60_000,
    ...dependencies,
  });

/** Runs a worker of the realtime queue while `run` runs. */
export const withRealtimeWorker = <Result>(
  temporal: TestTemporal,
  activities: object,
  run: () => Promise<Result>,
): Promise<Result> => withWorker(temporal, activities, run, QUEUES.swapRealtime);

import { beforeEach, describe, expect, it } from '@jest/globals';
import { listAudit } from '../../db/audit.ts';
import {
  endOverride,
  lockGovernor,
  lookAtDatabase,
  overrideGovernor,
  overrideOf,
  readGovernor,
  recordLook,
  stateOf,
} from '../../db/governor.ts';
import { decide } from '../../domain/governor/decide.ts';
import { GOVERNOR_POLICY } from '../../domain/governor/policy.ts';
import type { FeedSight, Observation } from '../../domain/governor/observation.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const KIM = { actor: 'kim', role: 'operator' } as const;

beforeEach(async () => {
  await database.sql`truncate feed, feed_status, tb_bat_file_mst cascade`;
  await database.sql`delete from governor_state`;
  await database.sql`insert into governor_state default values`;
});

const addFeed = (feed: string, wanted: string, wantedMinutes = 60) => database.sql`
  insert into feed (feed, settings, wanted, wanted_by, wanted_reason, wanted_at)
  values (${feed}, '{}', ${wanted}, 'test', 'test', clock_timestamp() - ${wantedMinutes} * interval '1 minute')`;
const addStatus = (feed: string, state: string, lagMs: number, seenMinutes: number) => database.sql`
  insert into feed_status (feed, epoch, state, lag_messages, lag_ms, seen_at)
  values (${feed}, 1, ${state}, 7, ${lagMs}, clock_timestamp() - ${seenMinutes} * interval '1 minute')`;
/** Full ones: tests take seconds of them. */
const minutes = (ms: number | null): number => Math.floor(ms! / 60_000);

describe('what the governor looks at', () => {
  it('is every feed, heard or not, as its reader told of it last', async () => {
    await addFeed('heard', 'running');
    await addStatus('heard', 'connected', 321.5, 2);
    await addFeed('new', 'running', 4);
    await addFeed('paused', 'paused');
    await addStatus('paused', 'paused', 0, 15);
    await addFeed('silent', 'running');
    await addStatus('silent', 'connected', 3, 30);
    await addFeed('stopped', 'running');
    await addStatus('stopped', 'stopped', 0, 120);

    const { feeds } = await lookAtDatabase(database.sql);

    expect(
      feeds.map(({ feed, isWanted, isAtRest, heardMs, wantedMs, lagMs, lagMessages }) => [
        ...[feed, isWanted, isAtRest, heardMs === null ? null : minutes(heardMs), minutes(wantedMs)],
        ...[lagMs, lagMessages],
      ]),
    ).toEqual([
      ['heard', true, false, 2, 60, 321.5, 7],
      ['new', true, false, null, 4, 0, 0],
      ['paused', false, true, 15, 60, 0, 7],
      ['silent', true, false, 30, 60, 3, 7],
      ['stopped', true, true, 120, 60, 0, 7],
    ]);
  });

  it('is the age of the oldest file that is open, and none when there is none', async () => {
    expect((await lookAtDatabase(database.sql)).backlogMs).toBeNull();
    for (const [age, state] of [
      [1, 'waiting'],
      [5, 'ingesting'],
      [150, 'held'],
    ] as const)
      await database.sql`
        insert into tb_bat_file_mst (folder_date, sha256, file_name, path, size_bytes, state, problem_code, received_at)
        values ('2026-11-21', ${String(age).padStart(64, '0')}, 'x', 'x', 1, ${state},
                ${state === 'held' ? 'file.done-disagrees' : null}, clock_timestamp() - ${age} * interval '1 minute')`;

    expect(minutes((await lookAtDatabase(database.sql)).backlogMs)).toBe(5);
  });

  it('is how much WAL there is, which grows by what is written', async () => {
    const before = (await lookAtDatabase(database.sql)).walBytes;
    await database.sql`create table filled as select repeat('x', 1000) as text from generate_series(1, 1000)`;

    expect((await lookAtDatabase(database.sql)).walBytes - before).toBeGreaterThan(1_000_000);
  });
});

const LAGGING: FeedSight = {
  feed: 'swaps',
  isWanted: true,
  isAtRest: false,
  heardMs: 0,
  wantedMs: 1e6,
  lagMs: 9000,
  lagMessages: 0,
};
const seenWith = (feeds: readonly FeedSight[]): Observation => ({
  feeds,
  pressure: null,
  backlogMs: null,
  walRate: null,
  dueTimes: [],
});

const look = (feeds: readonly FeedSight[]) =>
  database.sql.begin(async (tx) => {
    const before = await lockGovernor(tx);
    const inputs = { seen: seenWith(feeds), override: overrideOf(before), window: null };
    const decision = decide(stateOf(before), inputs, GOVERNOR_POLICY, before.now.getTime());
    await recordLook(tx, { before, seen: inputs.seen, ...decision });
  });

const actions = async (): Promise<string[]> =>
  (await listAudit(database.sql, { subject: 'priority', timeZone: 'UTC', limit: 100 })).map(
    ({ action }) => action,
  );

describe('what is held', () => {
  it('is kept from look to look, and audited when it changes and only then', async () => {
    const before = (await actions()).length;
    for (let count = 0; count < 6; count += 1) await look([LAGGING]);

    const row = await readGovernor(database.sql);
    expect(row).toMatchObject({ level: 'hold', reason_code: 'feed-lag', seen: { feeds: [LAGGING] } });
    expect(row.since).toBeInstanceOf(Date);
    expect((await actions()).length - before).toBe(1);
  });

  it('can have no level without a reason and a beginning', async () => {
    for (const wrong of [
      database.sql`update governor_state set level = 'hold'`,
      database.sql`update governor_state set level = 'hold', reason_code = 'feed-lag', since = null`,
      database.sql`update governor_state set override_kind = 'hold'`,
    ])
      await expect(wrong).rejects.toMatchObject({ code: '23514' });
  });

  it('and what is forced are changed one after the other, whoever comes first', async () => {
    await Promise.all([
      ...Array.from({ length: 10 }, () => look([LAGGING])),
      ...Array.from({ length: 5 }, (_, minutes) =>
        overrideGovernor(database.sql, KIM, { kind: 'release', why: 'a test', minutes: minutes + 1 }),
      ),
    ]);
    await look([LAGGING]);

    expect(await readGovernor(database.sql)).toMatchObject({ level: 'none', override_kind: 'release' });
    expect(await endOverride(database.sql, KIM, 'over')).toBe(true);
    await look([LAGGING]);
    expect(await readGovernor(database.sql)).toMatchObject({ level: 'hold', override_kind: null });
  });
});

import { describe, expect, it } from '@jest/globals';
import { NO_GPU_POLICY, type GpuPolicyDocument } from '../../contracts/gpu.ts';
import { recordDecision } from '../../db/gpu-allocations.ts';
import { migrate, readMigrations } from '../../db/migrate.ts';
import { readPlannerInputs } from '../../db/gpu-planner-input.ts';
import { decideAgain, planNow, readClock } from '../../db/gpu-planner.ts';
import { setPolicy } from '../../db/gpu-policy.ts';
import { lastGpuPosition, lockGpu } from '../../db/gpu-position.ts';
import { readUsageAt } from '../../db/gpu-share-use.ts';
import { keepUse } from '../../db/gpu-use.ts';
import { createRandom } from '../../demo/random.ts';
import { accrued, decayed } from '../../domain/gpu/decay.ts';
import type { UserShare } from '../../domain/gpu/model.ts';
import { policyOf } from '../../domain/gpu/policy-of.ts';
import type { Sql } from '../../platform/postgres.ts';
import { useDatabase, useEmptyDatabase } from '../support/database.ts';
import { fillRuns, type PastRun } from '../support/gpu-history.ts';
import { addNode, BY, finish, queueJob } from '../support/gpu.ts';

const DAY_MS = 24 * 3_600_000;
/** Cells that the cards of the node are cut into. */
const CELLS = [1, 10, 8];

const withHalfLife = (halfLifeMs: number): GpuPolicyDocument => ({
  ...NO_GPU_POLICY,
  priority: { halfLifeMs },
});

const setHalfLife = (sql: Sql, halfLifeMs: number) =>
  sql.begin(async (tx) => {
    await lockGpu(tx);
    await setPolicy(tx, BY, withHalfLife(halfLifeMs), 'a test');
  });

const keepNow = (sql: Sql, clockMs: number) =>
  sql.begin(async (tx) => {
    await lockGpu(tx);
    await keepUse(tx, clockMs);
  });

/** Runs of a few people on whole, shared and cut cards, some of which stood still, within so many days. */
async function someRuns(
  sql: Sql,
  seed: string,
  firstMs: number,
  lastMs: number,
  count = 60,
): Promise<PastRun[]> {
  const random = createRandom(seed);
  const cards = [
    {},
    { sharing: 'shared' as const, slices: 10, model: 'RTX-4090-24GB' },
    { sharing: 'mig' as const },
  ];
  const { node, devices } = await addNode(sql, cards);
  const runs = Array.from({ length: count }, (_, at): PastRun => {
    const toMs = random.int(firstMs, lastMs);
    const fromMs = toMs - random.int(1000, 2 * DAY_MS);
    const card = random.int(0, 2);
    const start = random.int(0, CELLS[card]! - 1);
    const [first, second, third] = [0, 0, 0]
      .map(() => random.int(fromMs, toMs - 1))
      .sort((one, other) => one - other);
    const stood: PastRun['frozen'][] = [
      [],
      [],
      [[first!, second!]],
      [
        [first!, second!],
        [third!, null],
      ],
    ];
    return {
      ...{ jobId: `${seed}-${at}`, owner: `user-${random.int(1, 3)}`, team: `team-${random.int(1, 2)}` },
      ...{ node, device: devices[card]!, start, slices: random.int(1, CELLS[card]! - start), fromMs, toMs },
      frozen: stood[random.int(0, 3)]!,
    };
  });
  return runs.sort((one, other) => one.toMs - other.toMs);
}

/** The formula, by hand: what each held without what stood still, faded from its end on. */
function usedBy(
  runs: readonly PastRun[],
  cellsOf: ReadonlyMap<string, number>,
  clockMs: number,
  halfLifeMs: number,
) {
  const used = new Map<string, number>();
  for (const { owner, team, device, slices, fromMs, toMs, frozen } of runs) {
    const stood = frozen.reduce((sum, [from, to]) => sum + (to ?? toMs) - from, 0);
    const rate = slices / cellsOf.get(device)!;
    const seconds = decayed(accrued(rate, toMs - fromMs - stood, halfLifeMs), clockMs - toMs, halfLifeMs);
    used.set(`${owner} ${team}`, (used.get(`${owner} ${team}`) ?? 0) + seconds);
  }
  return used;
}

async function cellsOfCards(sql: Sql): Promise<Map<string, number>> {
  const rows = await sql<{ device: string; slices: number }[]>`select device, slices from gpu_devices`;
  return new Map(rows.map(({ device, slices }) => [device, slices]));
}

const readUsers = (sql: Sql, at: { asOf: number; clockMs: number; version?: number }, halfLifeMs: number) =>
  sql.begin(async (tx) => {
    const document = withHalfLife(halfLifeMs);
    return (await readUsageAt(tx, at, document, policyOf(document), [])).users;
  });

function expectUsed(users: readonly UserShare[], used: ReadonlyMap<string, number>): void {
  expect(users.map(({ user, team }) => `${user} ${team}`)).toEqual([...used.keys()].sort());
  for (const { user, team, usedSeconds } of users)
    expect(Math.abs(usedSeconds - used.get(`${user} ${team}`)!)).toBeLessThan(0.005);
}

describe('what was used of cards', () => {
  const database = useDatabase();

  it('is what the formula makes of all that was held, at any position and in any half-life', async () => {
    const { sql } = database;
    const clockMs = await readClock(sql);
    const before = (days: number) => clockMs - days * DAY_MS;
    const [half, longer] = [5 * DAY_MS, 9 * DAY_MS];
    const check = async (runs: readonly PastRun[], asOf: number, halfLifeMs: number) => {
      const used = usedBy(runs, await cellsOfCards(sql), clockMs, halfLifeMs);
      const users = await readUsers(sql, { asOf, clockMs }, halfLifeMs);
      expectUsed(users, used);
      expectUsed(await readUsers(sql, { asOf, clockMs, version: 3 }, halfLifeMs), used);
      return users;
    };
    const [gone, ...first] = await someRuns(sql, 'first', before(30), before(20));
    await fillRuns(sql, [
      ...first,
      { ...gone!, owner: 'gone', fromMs: before(70), toMs: before(65), frozen: [] },
    ]);
    // The planner has not looked: it is summed up.
    await check(first, await lastGpuPosition(sql), half);

    await setHalfLife(sql, half);
    await keepNow(sql, clockMs);
    const second = await someRuns(sql, 'second', before(20), before(10));
    await fillRuns(sql, second);
    const asOf = await lastGpuPosition(sql);
    const known = await check([...first, ...second], asOf, half);
    const middle = await sql<{ position: number }[]>`
      select position from gpu_use where part is not null order by position offset ${first.length + 1 + 30} limit 1`;
    await check([...first, ...second.slice(0, 30)], middle[0]!.position - 1, half);

    await setHalfLife(sql, longer);
    await keepNow(sql, clockMs);
    const third = await someRuns(sql, 'third', before(10), clockMs);
    await fillRuns(sql, third);
    const all = [...first, ...second, ...third];
    const users = await readUsers(sql, { asOf: await lastGpuPosition(sql), clockMs }, longer);
    expect(users.filter(({ user }) => user === 'gone')).toHaveLength(1);
    expectUsed(
      users.filter(({ user }) => user !== 'gone'),
      usedBy(all, await cellsOfCards(sql), clockMs, longer),
    );
    expect(await readUsers(sql, { asOf, clockMs }, half)).toEqual(known);
  });

  it('stays as it was noted', async () => {
    await expect(database.sql`update gpu_use set used_s = 0`).rejects.toThrow(/append only/);
    await expect(database.sql`delete from gpu_run`).rejects.toThrow(/append only/);
  });
});

describe('what was used before it was noted', () => {
  const database = useEmptyDatabase();

  it('is noted from what was held, and so are the runs that came to their end', async () => {
    const { sql } = database;
    const migrations = await readMigrations();
    await migrate(
      sql,
      migrations.filter(({ version }) => version < 26),
    );
    // A column of then that is gone since.
    await sql`alter table gpu_job alter max_short set default 3`;
    // Columns of now that entering a node reads.
    await sql`alter table gpu_nodes add withheld text, add in_cluster boolean not null default false`;
    await sql`alter table gpu_devices add drained text`;
    const clockMs = await readClock(sql);
    const runs = await someRuns(sql, 'early', clockMs - 20 * DAY_MS, clockMs - DAY_MS);
    await sql`alter table gpu_claims drop constraint gpu_claims_decision_fkey`;
    await fillRuns(sql, runs);
    await sql`
      alter table gpu_claims add constraint gpu_claims_decision_fkey foreign key (decision) references gpu_decision not valid`;
    await sql`alter table gpu_nodes drop withheld, drop in_cluster`;
    await sql`alter table gpu_devices drop drained`;
    await migrate(sql, migrations);

    const used = usedBy(runs, await cellsOfCards(sql), clockMs, 7 * DAY_MS);
    expectUsed(await readUsers(sql, { asOf: await lastGpuPosition(sql), clockMs }, 7 * DAY_MS), used);
    const ended = await sql<{ owner: string; ranMs: number }[]>`
      select owner, ran_ms as "ranMs" from gpu_run order by position`;
    expect([...ended]).toEqual(runs.map(({ owner, fromMs, toMs }) => ({ owner, ranMs: toMs - fromMs })));
  });
});

describe('a decision', () => {
  const database = useDatabase();

  it('is made again to the same bytes when half-lives have changed since, and more was used', async () => {
    const { sql } = database;
    const clockMs = await readClock(sql);
    await fillRuns(sql, await someRuns(sql, 'some', clockMs - 20 * DAY_MS, clockMs - DAY_MS));
    const decisions: number[] = [];
    for (const days of [7, 3, 7]) {
      await setHalfLife(sql, days * DAY_MS);
      const waiting = await queueJob(sql, { owner: 'user-1', workdir: `w${decisions.length}` });
      decisions.push((await planNow(sql, BY)).decision!);
      await finish(sql, waiting);
    }
    await setHalfLife(sql, 4 * DAY_MS);
    await queueJob(sql, { workdir: 'last' });
    decisions.push((await planNow(sql, BY)).decision!);

    expect(new Set(decisions).size).toBe(4);
    for (const decision of decisions)
      expect(await decideAgain(sql, decision)).toMatchObject({ isSameInput: true, isSamePlan: true });
  });

  it('of a planner that added up all that was held is made again in its way', async () => {
    const { sql } = database;
    const position = await sql.begin(async (tx) => {
      await lockGpu(tx);
      const [asOf, clockMs] = [await lastGpuPosition(tx), await readClock(tx)];
      const input = JSON.stringify(await readPlannerInputs(tx, { asOf, clockMs, version: 3 }));
      expect(JSON.stringify(await readPlannerInputs(tx, { asOf, clockMs }))).not.toBe(input);
      return recordDecision(tx, BY, { asOf, clockMs, planner: 'plan 3', input, plan: '{}', starts: [] });
    });

    expect((await decideAgain(sql, position)).isSameInput).toBe(true);
  });
});

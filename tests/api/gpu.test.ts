import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { GpuCapacityView, GpuCostView, GpuNodeList, GpuUsageView } from '../../contracts/gpu.schema.ts';
import { GPU_ACCESS, GPU_AREAS, ROLES, type GpuArea, type Role } from '../../contracts/policy.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { listAudit } from '../../db/audit.ts';
import { addRates } from '../../db/gpu-policy.ts';
import { lockGpu } from '../../db/gpu-position.ts';
import { recordUsage, rollUpUsage } from '../../db/gpu-usage.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, cutInto, part, queueJob, start } from '../support/gpu.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
let app: FastifyInstance;
let node: string;
const jobs: Record<string, string> = {};

/** Each of two users holds a card, and was measured on it yesterday. */
beforeAll(async () => {
  app = await buildTestApp({ sql: database.sql, client: temporal.client }, { TAIN_RATE_LIMIT: '1000000' });
  const { sql } = database;
  const added = await addNode(sql, [{}, {}, { sharing: 'mig' }]);
  node = added.node;
  for (const [at, owner] of ['kim', 'lee'].entries()) {
    jobs[owner] = await queueJob(sql, { owner });
    await start(sql, jobs[owner], node, [part(added.devices[at]!)]);
    await recordUsage(sql, [
      {
        ...{ at: '2026-11-01T10:00:00Z', device: added.devices[at]!, instance: '', jobId: jobs[owner] },
        ...{
          gpuPercent: 50,
          memoryUsedMib: 10,
          powerWatts: 300,
          temperatureC: null,
          cpuPercent: null,
          hostMemoryMib: null,
        },
      },
    ]);
  }
  await rollUpUsage(sql);
  await sql.begin(async (tx) => {
    await lockGpu(tx);
    const rate = { effectiveOn: '2020-01-01', purchaseMicros: 8_760_000_000, salvageMicros: 0, lifeYears: 1 };
    const site = {
      effectiveOn: '2020-01-01',
      currency: 'USD',
      pue: 1,
      kwhMicros: 0,
      labourMicros: 0,
      infraMicros: 0,
    };
    await addRates(tx, BY, [{ model: 'H100-80GB', ...rate, maintenanceShare: 0 }], [site]);
  });
  // Held since two hours ago.
  await sql`alter table gpu_allocations disable trigger user`;
  await sql`update gpu_allocations set allocated_at = clock_timestamp() - interval '2 hours'`;
  await sql`alter table gpu_allocations enable trigger user`;
});

afterAll(async () => {
  await app.close();
});

const get = (url: string, role: Role = 'operator', subject = 'kim') =>
  app.inject({ method: 'GET', url, headers: bearer(tokenFor(role, subject)) });

const post = (url: string, body: object, role: Role = 'operator') =>
  app.inject({ method: 'POST', url, payload: body, headers: bearer(tokenFor(role, 'kim')) });

/** A question of each area, with the owners that an answer names. */
const USAGE = '/v1/gpu/usage?from=2026-11-01&to=2026-11-01';
const LOOKS: Record<GpuArea, [url: string, ownersOf: (body: never) => string[]]> = {
  devices: ['/v1/gpu/nodes', () => []],
  allocations: [
    '/v1/gpu/allocations',
    ({ allocations }: { allocations: { owner: string }[] }) => allocations.map(({ owner }) => owner),
  ],
  cost: ['/v1/gpu/cost', ({ users }: GpuCostView) => users.map(({ owner }) => owner)],
  metrics: [USAGE, ({ usage }: GpuUsageView) => usage.map(({ owner }) => owner!)],
  system: ['/v1/gpu/policy', () => []],
};

const CELLS = ROLES.flatMap((role) => GPU_AREAS.map((area) => [role, area, GPU_ACCESS[role][area]] as const));

describe('the matrix of roles', () => {
  it.each(CELLS)('lets %s into %s: %s', async (role, area, reach) => {
    const [url, ownersOf] = LOOKS[area];
    const answer = await get(url, role);

    expect(answer.statusCode).toBe(reach === 'none' ? 403 : 200);
    if (reach === 'none') return;
    const owners = [...new Set(ownersOf(answer.json<never>()))].sort();
    const hasOwners = area === 'allocations' || area === 'cost' || area === 'metrics';
    expect(owners).toEqual(!hasOwners ? [] : reach === 'own' ? ['kim'] : ['kim', 'lee']);
  });

  it.each(CELLS.filter(([, , reach]) => reach === 'own'))(
    'refuses %s the %s of others, and gives its own by name',
    async (role, area) => {
      const [url] = LOOKS[area];
      const asking = (user: string) => get(`${url}${url.includes('?') ? '&' : '?'}user=${user}`, role);

      expect((await asking('lee')).json<Problem>()).toMatchObject({ status: 403, code: 'gpu.not-own' });
      expect((await asking('kim')).statusCode).toBe(200);
    },
  );

  it('is this one', () => {
    expect(
      Object.entries(GPU_ACCESS).map(([role, areas]) => [role, ...GPU_AREAS.map((area) => areas[area])]),
    ).toEqual([
      ['admin', 'all', 'all', 'all', 'all', 'all'],
      ['operator', 'all', 'all', 'read', 'all', 'restricted'],
      ['user', 'read', 'own', 'own', 'own', 'none'],
      ['viewer', 'read', 'read', 'none', 'read', 'none'],
      ['service', 'restricted', 'restricted', 'none', 'all', 'read'],
    ]);
  });
});

describe('a node', () => {
  it('is drained and resumed with a reason, which is shown and noted', async () => {
    const drained = await post(`/v1/gpu/nodes/${node}/drain`, { reason: 'new fans' });
    expect(drained.json()).toMatchObject({
      state: 'draining',
      reason: 'new fans',
      changedBy: 'kim',
      heldCpus: 2,
    });
    const again = await post(`/v1/gpu/nodes/${node}/drain`, { reason: 'new fans' });
    expect(again.json<Problem>()).toMatchObject({ status: 409, code: 'gpu.node-state' });
    const resumed = await post(`/v1/gpu/nodes/${node}/resume`, { reason: 'fans are in' });
    expect(resumed.json()).toMatchObject({ state: 'open', reason: 'fans are in' });

    const entries = await listAudit(database.sql, { subject: `gpu/${node}`, timeZone: 'UTC', limit: 5 });
    expect(entries.map(({ action, actor, reason }) => [action, actor, reason])).toEqual([
      ['gpu.node-resumed', 'kim', 'fans are in'],
      ['gpu.node-drained', 'kim', 'new fans'],
    ]);
    const log = await get(`/v1/audit?subject=gpu/${node}`);
    expect(log.json<{ entries: unknown[] }>().entries).toHaveLength(2);
  });

  it('that is not there, or without a reason, is not drained', async () => {
    expect((await post('/v1/gpu/nodes/nowhere/drain', { reason: 'because' })).json<Problem>()).toMatchObject({
      status: 404,
      code: 'gpu.node-not-found',
    });
    for (const body of [{}, { reason: ' ' }, { reason: 'x\0y z' }, { reason: 'why not', force: true }])
      expect((await post(`/v1/gpu/nodes/${node}/drain`, body)).statusCode).toBe(400);
    expect((await post('/v1/gpu/nodes/..%2Fx/drain', { reason: 'because' })).statusCode).toBe(400);
  });

  it('has cards that are drained, resumed and retired one by one, for who may', async () => {
    const { node: other, devices } = await addNode(database.sql, [{}, {}]);
    const of = (id: string, operation: string, role: Role = 'operator') =>
      post(`/v1/gpu/devices/${id}/${operation}`, { reason: 'XID 79' }, role);
    const stateIn = (answer: Awaited<ReturnType<typeof of>>) =>
      answer.json<GpuNodeList>().nodes.find((one) => one.node === other)!.devices;

    expect((await of(devices[0]!, 'drain', 'user')).statusCode).toBe(403);
    expect((await of(devices[0]!, 'retire', 'service')).statusCode).toBe(403);
    expect(stateIn(await of(devices[0]!, 'drain', 'service'))[0]).toMatchObject({
      ...{ state: 'unhealthy', reason: 'XID 79' },
    });
    expect(stateIn(await of(devices[0]!, 'resume'))[0]).toMatchObject({ state: 'ready', reason: null });
    expect(stateIn(await of(devices[1]!, 'retire'))).toHaveLength(1);
    expect((await of(devices[1]!, 'resume')).json<Problem>()).toMatchObject({
      ...{ status: 404, code: 'gpu.device-not-found' },
    });
    await post(`/v1/gpu/nodes/${other}/retire`, { reason: 'the next test' });
  });

  it('shows what its cards are cut into, and what of that the cluster gives to no run', async () => {
    const { sql } = database;
    const { node: other, devices } = await addNode(sql, [{ sharing: 'mig' }, { sharing: 'mig' }, {}]);
    await cutInto(sql, devices[0]!, [['4g.40gb', 0]]);
    const [large, small] = await cutInto(sql, devices[0]!, [
      ['3g.40gb', 4],
      ['1g.10gb', 0],
    ]);
    await sql`update mig_instances set withheld = 'it is in use by other pods' where instance = ${large!}`;
    const { nodes } = (await get('/v1/gpu/nodes', 'viewer')).json<GpuNodeList>();
    await post(`/v1/gpu/nodes/${other}/retire`, { reason: 'the next test' });

    const cards = nodes.find((one) => one.node === other)!.devices;
    expect(cards.map(({ instances, withheldSlices }) => [withheldSlices, instances])).toEqual([
      [
        4,
        [
          { instance: small, profile: '1g.10gb', start: 0, state: 'ready', reason: null },
          {
            ...{ instance: large, profile: '3g.40gb', start: 4, state: 'withheld' },
            reason: 'it is in use by other pods',
          },
        ],
      ],
      [0, []],
      [0, []],
    ]);
  });

  it('is retired when nothing runs on it, and no sooner', async () => {
    const held = await post(`/v1/gpu/nodes/${node}/retire`, { reason: 'sold' });
    expect(held.json<Problem>()).toMatchObject({ status: 409, code: 'gpu.device-held' });

    const { node: empty } = await addNode(database.sql, [{}]);
    const left = await post(`/v1/gpu/nodes/${empty}/retire`, { reason: 'sold' });
    expect(left.json<GpuNodeList>().nodes.map((one) => one.node)).toEqual([node]);
    expect((await post(`/v1/gpu/nodes/${empty}/resume`, { reason: 'not sold' })).statusCode).toBe(409);
  });
});

describe('capacity', () => {
  it('counts cards and their parts, and what of them is free', async () => {
    const { models, nodes, freeCpus } = (await get('/v1/gpu/capacity')).json<GpuCapacityView>();

    expect(nodes).toEqual({ open: 1, draining: 0, drained: 0 });
    expect(freeCpus).toBe(62);
    expect(models).toEqual([
      {
        model: 'H100-80GB',
        sharing: 'mig',
        cards: 1,
        usableCards: 1,
        emptyCards: 1,
        slices: 8,
        freeSlices: 8,
      },
      {
        model: 'H100-80GB',
        sharing: 'whole',
        cards: 2,
        usableCards: 2,
        emptyCards: 0,
        slices: 2,
        freeSlices: 0,
      },
    ]);
  });

  it('has nothing usable on a node that is drained', async () => {
    await post(`/v1/gpu/nodes/${node}/drain`, { reason: 'new fans' });
    const { models, freeCpus } = (await get('/v1/gpu/capacity')).json<GpuCapacityView>();
    await post(`/v1/gpu/nodes/${node}/resume`, { reason: 'fans are in' });

    expect(freeCpus).toBe(0);
    expect(models.map(({ usableCards, freeSlices }) => [usableCards, freeSlices])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});

/** An amount in micros. */
const micros = (amount: string): number => Number(amount.replace('.', ''));

describe('cost', () => {
  it('of all is that of users and of nobody together, to the last digit', async () => {
    const { all, users, jobs: lines, currency } = (await get('/v1/gpu/cost')).json<GpuCostView>();

    expect(currency).toBe('USD');
    expect(micros(all!.total)).toBeGreaterThan(0);
    const sum = users.reduce((total, one) => total + micros(one.total), micros(all!.idle));
    expect(sum).toBe(micros(all!.total));
    expect(lines.map(({ owner }) => owner).sort()).toEqual(['kim', 'lee']);
    // At least a whole hour lies behind.
    for (const { total } of lines) expect(micros(total)).toBeGreaterThanOrEqual(1_000_000);
  });

  it('of a user leaves out what all of it costs', async () => {
    const { all, users } = (await get('/v1/gpu/cost', 'user')).json<GpuCostView>();

    expect(all).toBeNull();
    expect(users.map(({ owner }) => owner)).toEqual(['kim']);
  });

  it.each([
    ...['from=2026-11-02&to=2026-11-01', 'from=2026-01-01&to=2026-12-31', 'from=yesterday', 'user='],
    ...['user=%00', 'user=k%0aim'],
  ])('of %s is refused', async (query) => {
    expect((await get(`/v1/gpu/cost?${query}`)).statusCode).toBe(400);
  });
});

describe('use', () => {
  it('is told by the hour or the day, of one card or one user', async () => {
    const hourly = (await get(`${USAGE}&step=hour&user=lee`)).json<GpuUsageView>();
    expect(hourly).toMatchObject({
      isCut: false,
      usage: [
        { at: '2026-11-01T10:00:00.000Z', owner: 'lee', jobId: jobs['lee'], gpuPercent: 50, instance: null },
      ],
    });
    const daily = (await get(USAGE)).json<GpuUsageView>();
    expect(daily.usage.map(({ at }) => at)).toEqual(['2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z']);
  });
});

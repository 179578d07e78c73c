import { describe, expect, it } from '@jest/globals';
import { createCardMeter } from '../../activities/gpu-job-meter.ts';
import { createMaintenanceActivities } from '../../activities/maintenance.ts';
import { readCostFacts } from '../../db/gpu-cost.ts';
import { registerDevice, setDeviceState } from '../../db/gpu-nodes.ts';
import { addRates } from '../../db/gpu-policy.ts';
import { lockGpu } from '../../db/gpu-position.ts';
import { listUsage, recordUsage, rollUpUsage, type UsageSample } from '../../db/gpu-usage.ts';
import { costOfPeriod, HOUR_MS } from '../../domain/gpu-cost/cost-of-period.ts';
import { createGpuMonitor } from '../../platform/gpu-monitor/monitor.ts';
import { QUERY_ARGS } from '../../platform/gpu-monitor/nvidia-smi.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, finish, part, queueJob, start } from '../support/gpu.ts';
import { RTX_QUERY } from './gpu-monitor/outputs.ts';

const database = useDatabase();

const sample = (at: string, change: Partial<UsageSample> = {}): UsageSample => ({
  ...{ at, device: 'GPU-1', instance: '', jobId: '', gpuPercent: 50, memoryUsedMib: 1000, powerWatts: 300 },
  ...{ temperatureC: 60, cpuPercent: null, hostMemoryMib: null, ...change },
});

const partitions = async (): Promise<string[]> => {
  const rows = await database.sql<{ name: string }[]>`
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent = 'gpu_usage_metrics'::regclass order by 1`;
  return rows.map(({ name }) => name);
};

const DAYS = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-05-01T00:00:00Z') };

describe('what was measured', () => {
  it('lies in partitions of the months of UTC, whatever the zone of whoever writes', async () => {
    await database.sql.reserve().then(async (own) => {
      await own`set time zone 'Asia/Seoul'`;
      await own`select ensure_month_partition('gpu_usage_metrics', '2026-04-30')`;
      own.release();
    });
    await recordUsage(database.sql, [sample('2026-03-31T23:59:30Z'), sample('2026-04-01T00:00:00Z')]);

    const rows = await database.sql<{ place: string }[]>`
      select tableoid::regclass::text as place from gpu_usage_metrics order by at`;
    expect(rows.map(({ place }) => place)).toEqual(['gpu_usage_metrics_202603', 'gpu_usage_metrics_202604']);
  });

  it('is kept once, however often it is told', async () => {
    const samples = [sample('2026-04-02T10:00:00Z'), sample('2026-04-02T10:00:30Z')];

    expect([await recordUsage(database.sql, samples), await recordUsage(database.sql, samples)]).toEqual([
      2, 0,
    ]);
  });

  it('is summed up by hour and day; what is not known counts for nothing, not for 0', async () => {
    await recordUsage(database.sql, [
      sample('2026-04-03T10:00:00Z', { gpuPercent: 20, powerWatts: 100, device: 'GPU-2' }),
      sample('2026-04-03T10:30:00Z', { gpuPercent: 60, powerWatts: null, device: 'GPU-2' }),
      sample('2026-04-03T11:00:00Z', { gpuPercent: 90, powerWatts: 400, device: 'GPU-2' }),
      sample('2026-04-03T11:00:00Z', { gpuPercent: null, device: 'GPU-2', instance: 'MIG-1' }),
    ]);
    await rollUpUsage(database.sql);
    await rollUpUsage(database.sql);

    const filter = { ...DAYS, owner: null, device: 'GPU-2', limit: 10 };
    const hours = await listUsage(database.sql, { ...filter, step: 'hour' });
    expect(
      hours.map(({ instance, samples, gpuPercent, gpuPeak, powerWatts }) => [
        instance,
        samples,
        gpuPercent,
        gpuPeak,
        powerWatts,
      ]),
    ).toEqual([
      ['', 2, 40, 60, 100],
      ['', 1, 90, 90, 400],
      ['MIG-1', 1, null, null, 300],
    ]);
    const days = await listUsage(database.sql, { ...filter, step: 'day' });
    expect(days[0]).toMatchObject({ samples: 3, gpuPeak: 90, powerWatts: 250 });
    expect(days[0]!.gpuPercent).toBeCloseTo(170 / 3, 4);
  });

  it('that comes late is in the sums all the same', async () => {
    await recordUsage(database.sql, [sample('2026-04-03T10:45:00Z', { gpuPercent: 100, device: 'GPU-2' })]);
    await rollUpUsage(database.sql);

    const [hour] = await listUsage(database.sql, {
      ...DAYS,
      owner: null,
      device: 'GPU-2',
      step: 'hour',
      limit: 1,
    });
    expect(hour).toMatchObject({ samples: 3, gpuPercent: 60, gpuPeak: 100 });
  });

  it('is dropped by whole months when it was kept long enough, and its sums stay, also of what came late', async () => {
    await recordUsage(database.sql, [sample('2019-02-27T10:00:00Z', { device: 'GPU-OLD', gpuPercent: 30 })]);
    const keeping = (gpuKeepDays: number) =>
      createMaintenanceActivities({
        ...{ sql: database.sql, monthsAhead: 1, gpuKeepDays, gpuDecisionKeepDays: 400, dataDir: '/nowhere' },
      });

    expect(await keeping(36_600).keepGpuUsage()).toBe(0);
    expect(await keeping(365 * 2).keepGpuUsage()).toBe(1);

    expect(await partitions()).toEqual(['gpu_usage_metrics_202603', 'gpu_usage_metrics_202604']);
    const range = { from: new Date('2019-02-01T00:00:00Z'), to: new Date('2019-03-01T00:00:00Z') };
    for (const step of ['hour', 'day'] as const)
      expect(await listUsage(database.sql, { ...range, step, owner: null, limit: 5 })).toMatchObject([
        { device: 'GPU-OLD', samples: 1, gpuPercent: 30 },
      ]);
    expect(await keeping(365 * 2).keepGpuUsage()).toBe(0);
  });

  it('is of whole cards too, whatever runs on them, so that their power is paid for while nothing does', async () => {
    const outputOf = new Map([[QUERY_ARGS.join(' '), RTX_QUERY]]);
    const monitor = createGpuMonitor({ run: async (args) => outputOf.get(args.join(' ')) ?? null });
    const { gpus } = (await monitor.look()).reading;
    const measureCards = createCardMeter(database.sql, monitor);
    await measureCards();
    await measureCards();

    const rows = await database.sql<{ device: string; jobId: string; watts: number | null }[]>`
      select device, job_id as "jobId", power_watts::float8 as watts from gpu_usage_metrics
      where device = any(${gpus.map(({ uuid }) => uuid)}) order by device`;
    const told = gpus.map(({ uuid, powerWatts }) => ({
      device: uuid,
      jobId: '',
      watts: powerWatts && Math.fround(powerWatts),
    }));
    expect([...rows]).toEqual([...told].sort((one, other) => (one.device < other.device ? -1 : 1)));
    expect(told.some(({ watts }) => watts !== null)).toBe(true);
  });
});

describe('the cost of what jobs held', () => {
  it('is that of their intervals, and adds up with what is idle', async () => {
    await database.sql.begin(async (tx) => {
      await lockGpu(tx);
      const rate = {
        model: 'H100-80GB',
        effectiveOn: '2026-01-01',
        purchaseMicros: 30_000_000_000,
        salvageMicros: 0,
      };
      const site = { effectiveOn: '2026-01-01', currency: 'USD', pue: 1.2, kwhMicros: 80_000 };
      await addRates(
        tx,
        BY,
        [{ ...rate, lifeYears: 5, maintenanceShare: 0.05 }],
        [{ ...site, labourMicros: 7_200_000_000, infraMicros: 0 }],
      );
    });
    const cards = [{ sharing: 'mig' as const, inServiceOn: '2026-01-01' }, { inServiceOn: '2026-01-01' }];
    const { node, devices } = await addNode(database.sql, cards);
    const job = await queueJob(database.sql);
    const place = part(devices[0]!, { start: 4, slices: 4, migProfile: '3g.40gb' });
    await start(database.sql, job, node, [place]);
    const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    await finish(database.sql, job);

    const facts = await readCostFacts(database.sql, { fromMs: hour, toMs: hour + 2 * HOUR_MS });
    const cost = costOfPeriod(facts.input);

    expect(facts.currency).toBe('USD');
    expect(facts.jobs.get(job)).toEqual({ owner: 'lee', team: 'quant' });
    const [mine] = cost.jobs;
    expect(mine!.jobId).toBe(job);
    expect(mine!.totalMicros).toBeGreaterThan(0);
    expect(cost.jobs.reduce((sum, { totalMicros }) => sum + totalMicros, cost.idleMicros)).toBe(
      cost.totalMicros,
    );
    expect(cost.unpricedHours).toBe(0);
  });

  it('in hours that lie behind stays what it was when a card that was retired comes back as another', async () => {
    const { sql } = database;
    const { node, devices } = await addNode(sql, [
      { inServiceOn: '2026-01-01' },
      { inServiceOn: '2026-01-01' },
    ]);
    const device = devices[0]!;
    await setDeviceState(sql, BY, { device, state: 'retired', reason: 'a test' });
    const toMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    const [fromMs, retiredMs] = [toMs - 48 * HOUR_MS, toMs - 36 * HOUR_MS];
    await sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await tx`
        update gpu_capacity_event set at = ${new Date(retiredMs)}
        where kind = 'device' and subject = ${device} and after ->> 'state' = 'retired'`;
    });
    const read = async () => {
      const { input } = await readCostFacts(sql, { fromMs, toMs });
      const times = input.cards.filter((card) => card.device === device);
      return { cost: costOfPeriod(input), times: times.map(({ toMs: until, model }) => [until, model]) };
    };
    const before = await read();
    await sql.begin(async (tx) => {
      await lockGpu(tx);
      const card = { device, index: 0, model: 'A100-80GB', sharing: 'whole' as const, slices: null };
      await registerDevice(tx, BY, node, { ...card, inServiceOn: '2026-02-01' });
    });
    const after = await read();

    expect(before.times).toEqual([[retiredMs, 'H100-80GB']]);
    expect(after.times).toEqual([
      [retiredMs, 'H100-80GB'],
      [toMs, 'A100-80GB'],
    ]);
    expect(after.cost).toEqual(before.cost);
  });

  it('is never a sum of two currencies', async () => {
    const site = { pue: 1, kwhMicros: 0, labourMicros: 0, infraMicros: 0 };
    await database.sql.begin(async (tx) => {
      await lockGpu(tx);
      await addRates(tx, BY, [], [{ ...site, effectiveOn: '2025-06-01', currency: 'EUR' }]);
    });
    const costOf = (from: string, to: string) =>
      readCostFacts(database.sql, { fromMs: Date.parse(from), toMs: Date.parse(to) });

    expect((await costOf('2025-05-01T00:00Z', '2026-01-01T00:00Z')).currency).toBe('EUR');
    expect((await costOf('2026-01-01T00:00Z', '2026-01-03T00:00Z')).currency).toBe('USD');
    await expect(costOf('2025-12-31T00:00Z', '2026-01-02T00:00Z')).rejects.toMatchObject({
      code: 'gpu.currency-changed',
      params: { day: '2026-01-01', before: 'EUR', currency: 'USD' },
    });
  });
});

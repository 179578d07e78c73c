/** Queries on gpu_usage_metrics and what it is rolled up to: what cards and the jobs on them used. */
import type { Sql, TransactionSql } from 'postgres';
import { ensurePartition } from './partitions.ts';

/** What was measured at an instant. Null: not known, like the utilisation of a card that is cut by MIG. */
export type UsageSample = {
  /** ISO 8601. */
  readonly at: string;
  readonly device: string;
  /** '': of the whole card. */
  readonly instance: string;
  /** '': of whatever runs there. */
  readonly jobId: string;
  readonly gpuPercent: number | null;
  readonly memoryUsedMib: number | null;
  readonly powerWatts: number | null;
  readonly temperatureC: number | null;
  /** Of the host, by the job's processes: 100 is one processor. */
  readonly cpuPercent: number | null;
  readonly hostMemoryMib: number | null;
};

/** Adds samples; those of an instant that is known are left alone. Safe to repeat. @returns how many are new */
export async function recordUsage(sql: Sql, samples: readonly UsageSample[]): Promise<number> {
  for (const month of new Set(samples.map(({ at }) => `${new Date(at).toISOString().slice(0, 7)}-01`)))
    await ensurePartition(sql, month, 'gpu_usage_metrics');
  const added = await sql`
    insert into gpu_usage_metrics (at, device, instance, job_id, gpu_percent, memory_used_mib, power_watts,
      temperature_c, cpu_percent, host_memory_mib)
    select * from jsonb_to_recordset(${sql.json(samples)}) as sample (
      at timestamptz, device text, instance text, "jobId" text, "gpuPercent" real, "memoryUsedMib" bigint,
      "powerWatts" real, "temperatureC" real, "cpuPercent" real, "hostMemoryMib" bigint)
    on conflict do nothing`;
  return added.count;
}

/** Samples that come later than this behind what is summed up wait until their month is dropped. */
const LATE_HOURS = 48;

/**
 * Sums up samples to hours and hours to days, from two days before what is summed up to now. Safe to repeat: the same
 * samples make the same rows.
 */
export async function rollUpUsage(sql: Sql): Promise<void> {
  await sql.begin(async (tx) => {
    const [row] = await tx<{ since: Date }[]>`
      select coalesce(
        (select max(hour) - ${LATE_HOURS} * interval '1 hour' from gpu_usage_hourly),
        (select min(at) from gpu_usage_metrics), now()) as since`;
    await sumUp(tx, row!.since, null);
  });
}

/** @param until before this instant; null: to the last sample */
async function sumUp(tx: TransactionSql, since: Date, until: Date | null): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtext('gpu_usage_roll_up'), 0)`;
  const from = tx`date_trunc('day', ${since}::timestamptz, 'UTC')`;
  const to = tx`coalesce(${until}::timestamptz, 'infinity')`;
  await tx`
    insert into gpu_usage_hourly
    select date_trunc('hour', at, 'UTC'), device, instance, job_id, count(*), avg(gpu_percent), max(gpu_percent),
           avg(memory_used_mib), max(memory_used_mib), avg(power_watts), count(power_watts)
    from gpu_usage_metrics where at >= ${from} and at < ${to}
    group by 1, device, instance, job_id
    on conflict (hour, device, instance, job_id) do update set
      samples = excluded.samples, gpu_percent = excluded.gpu_percent, gpu_peak = excluded.gpu_peak,
      memory_used_mib = excluded.memory_used_mib, memory_peak_mib = excluded.memory_peak_mib,
      power_watts = excluded.power_watts, power_samples = excluded.power_samples
    -- Samples that are gone were summed up before.
    where gpu_usage_hourly.samples <= excluded.samples`;
  await tx`
    insert into gpu_usage_daily
    select date_trunc('day', hour, 'UTC'), device, instance, job_id, sum(samples),
           sum(gpu_percent * samples) / sum(samples) filter (where gpu_percent is not null), max(gpu_peak),
           sum(memory_used_mib * samples) / sum(samples) filter (where memory_used_mib is not null),
           max(memory_peak_mib), sum(power_watts * power_samples) / nullif(sum(power_samples), 0), sum(power_samples)
    from gpu_usage_hourly where hour >= ${from} and hour < ${to}
    group by 1, device, instance, job_id
    on conflict (day, device, instance, job_id) do update set
      samples = excluded.samples, gpu_percent = excluded.gpu_percent, gpu_peak = excluded.gpu_peak,
      memory_used_mib = excluded.memory_used_mib, memory_peak_mib = excluded.memory_peak_mib,
      power_watts = excluded.power_watts, power_samples = excluded.power_samples`;
}

const DROP_WAITS_MS = 2000;
/** lock_not_available of PostgreSQL. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Drops whole months of samples that lie further back than so many days, each summed up in the same transaction: their
 * hours and days stay. One that somebody reads stays until the next call. Safe to repeat.
 * @returns the partitions that are gone
 */
export async function dropOldUsage(sql: Sql, keepDays: number): Promise<string[]> {
  const old = await sql<{ name: string; first: Date; next: Date }[]>`
    select name, first, next
    from (select child.relname as name, to_date(right(child.relname, 6), 'YYYYMM')::timestamp as month
          from pg_inherits join pg_class as child on child.oid = inhrelid
          where inhparent = 'gpu_usage_metrics'::regclass) as children,
      lateral (select month at time zone 'UTC' as first, (month + interval '1 month') at time zone 'UTC' as next) as bounds
    where next <= now() - ${keepDays} * interval '1 day'
    order by name`;
  const gone: string[] = [];
  for (const { name, first, next } of old) {
    const dropped = sql.begin(async (tx) => {
      await sumUp(tx, first, next);
      // A backup holds the partition: whoever waited for it would hold up all measurements meanwhile.
      await tx`select set_config('lock_timeout', ${`${DROP_WAITS_MS}ms`}, true)`;
      await tx`drop table if exists ${tx(name)}`;
    });
    const isGone = await dropped.then(
      () => true,
      (error: unknown) => {
        if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
        return false;
      },
    );
    if (isGone) gone.push(name);
  }
  return gone;
}

export type UsageRow = {
  readonly from: Date;
  readonly device: string;
  readonly instance: string;
  readonly jobId: string;
  readonly owner: string | null;
  readonly samples: number;
  readonly gpuPercent: number | null;
  readonly gpuPeak: number | null;
  readonly memoryUsedMib: number | null;
  readonly memoryPeakMib: number | null;
  readonly powerWatts: number | null;
};

export type UsageFilter = {
  readonly from: Date;
  readonly to: Date;
  readonly step: 'hour' | 'day';
  /** Only of this person's jobs; null: of everybody's, and of cards as a whole. */
  readonly owner: string | null;
  readonly device?: string | undefined;
  readonly limit: number;
};

/** What was used by the hour or day, oldest first; days are those of UTC. */
export async function listUsage(sql: Sql, filter: UsageFilter): Promise<UsageRow[]> {
  const { from, to, step, owner, device, limit } = filter;
  const isHourly = step === 'hour';
  const start = isHourly ? sql`hour` : sql`day`;
  return sql<UsageRow[]>`
    select ${start} as "from", device, instance, job_id as "jobId", job.owner, samples, gpu_percent as "gpuPercent",
           gpu_peak as "gpuPeak", memory_used_mib as "memoryUsedMib", memory_peak_mib as "memoryPeakMib",
           power_watts as "powerWatts"
    from ${isHourly ? sql`gpu_usage_hourly` : sql`gpu_usage_daily`} left join gpu_job as job using (job_id)
    where ${start} >= ${from} and ${start} < ${to}
      ${owner === null ? sql`` : sql`and job.owner = ${owner}`}
      ${device === undefined ? sql`` : sql`and device = ${device}`}
    order by ${start}, device, instance, job_id limit ${limit}`;
}

type JobSample = Omit<UsageSample, 'instance' | 'jobId'>;

/** The newest samples of a job, of all its devices, oldest first. */
export async function listJobUsage(sql: Sql, jobId: string, limit: number): Promise<JobSample[]> {
  const rows = await sql<(Omit<JobSample, 'at'> & { at: Date })[]>`
    select * from (
      select at, device, gpu_percent as "gpuPercent", memory_used_mib as "memoryUsedMib", power_watts as "powerWatts",
             temperature_c as "temperatureC", cpu_percent as "cpuPercent", host_memory_mib as "hostMemoryMib"
      from gpu_usage_metrics
      -- By the cards that it held, and since it was there: so few rows are looked at.
      where device in (select device from gpu_allocations where job_id = ${jobId}) and job_id = ${jobId}
        and at >= (select submitted_at from gpu_job where job_id = ${jobId})
      order by at desc, device limit ${limit}) as newest
    order by at, device`;
  return rows.map(({ at, ...sample }) => ({ at: at.toISOString(), ...sample }));
}

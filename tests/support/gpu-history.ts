/** Runs of GPU training that have ended, as many as are wanted, at instants of their own. */
import type { Sql } from '../../platform/postgres.ts';

/** What a job held of one card, until its end. */
export type PastRun = {
  readonly jobId: string;
  readonly owner: string;
  readonly team: string;
  readonly node: string;
  readonly device: string;
  readonly start: number;
  readonly slices: number;
  /** Ms since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  /** When it stood still; the last may have no end: it was frozen until it was cleaned up. */
  readonly frozen: readonly (readonly [from: number, to: number | null])[];
};

/** Triggers that only let through what happens now. */
const LIVE = [
  ['gpu_claims', 'gpu_claims_checked'],
  ['gpu_allocations', 'gpu_allocations_placed'],
  ['gpu_allocations', 'gpu_allocations_noted'],
  ['gpu_job_event', 'gpu_job_event_followed'],
] as const;

/**
 * Enters runs with all that they leave behind: jobs of the template `demo` that were completed, what happened to them,
 * and what they held. They come into the history in the order of their ends.
 */
export async function fillRuns(sql: Sql, runs: readonly PastRun[]): Promise<void> {
  const ordered = runs.toSorted((one, other) => one.toMs - other.toMs);
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtext('gpu_position'), 0)`;
    for (const [table, trigger] of LIVE) await tx`alter table ${tx(table)} disable trigger ${tx(trigger)}`;
    await tx`
      create temporary table past on commit drop as
      select row_number() over () as n, run.*, to_timestamp("fromMs" / 1000) as since, to_timestamp("toMs" / 1000) as until
      from jsonb_to_recordset(${tx.json(ordered)}) as run (
        "jobId" text, owner text, team text, node text, device text, start int, slices int, "fromMs" float8, "toMs" float8,
        frozen jsonb)`;
    await tx`
      insert into gpu_job (job_id, submitted_at, owner, team, submitted_by, submitted_role, template, config_path, workdir,
        gpus, cpu_millis, memory_mib, walltime_s, grace_s, is_preemptible, qos, max_infra, max_user)
      select "jobId", since, owner, team, 'kim', 'operator', 'demo', 'config', "jobId", 1, 1000, 1024, 600, 30, true,
             'normal', 3, 0
      from past order by n`;
    await tx`
      insert into gpu_job_event (job_id, at, kind, state, actor, role, facts, after)
      select "jobId", to_timestamp(ms / 1000), kind, state, 'kim', 'operator', facts, '{}'
      from (
        select n, "jobId", "fromMs" as ms, 0 as place, 'submitted' as kind, 'requested' as state, '{}'::jsonb as facts from past
        union all select n, "jobId", (span ->> 0)::float8, 1, 'frozen', null, '{}'
        from past, jsonb_array_elements(frozen) as span
        union all select n, "jobId", (span ->> 1)::float8, 1, 'thawed', null, '{}'
        from past, jsonb_array_elements(frozen) as span where span ->> 1 is not null
        union all select n, "jobId", "toMs", 2, 'moved', 'cleaning', '{}' from past
        union all select n, "jobId", "toMs", 3, 'moved', 'completed', jsonb_build_object('ranMs', "toMs" - "fromMs") from past
      ) as news order by n, place, ms`;
    await tx`
      insert into gpu_claims (job_id, attempt, node, cpu_millis, memory_mib, decision, claimed_at, released_at)
      select "jobId", 1, node, 1000, 1024, 1, since, until from past order by n`;
    await tx`
      insert into gpu_allocations (claim_id, job_id, device, slices, cells, allocated_at, released_at)
      select claim_id, "jobId", device, int4range(start, start + past.slices),
             gpu_cells(device_no, int4range(start, start + past.slices)), since, until
      from past join gpu_claims on job_id = "jobId" join gpu_devices using (device) order by n`;
    for (const kind of ['allocated', 'released'])
      await tx`
        insert into allocation_history (at, kind, allocation_id, after)
        select ${kind === 'allocated' ? tx`allocated_at` : tx`released_at`}, ${kind}, allocation_id, '{}'
        from gpu_allocations join past on "jobId" = job_id order by n`;
    for (const [table, trigger] of LIVE) await tx`alter table ${tx(table)} enable trigger ${tx(trigger)}`;
  });
}

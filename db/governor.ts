/** Queries on governor_state: what is held and what is forced, and what the governor looks at. */
import type { JSONValue, Sql, TransactionSql } from 'postgres';
import { BY_GOVERNOR, PRIORITY_SUBJECT, type Actor } from '../contracts/audit.ts';
import type { HoldLevel, HoldReason, OverrideKind, PriorityAlarm } from '../contracts/priority.ts';
import type { ErrorParams } from '../contracts/errors.ts';
import type { GovernorAction, GovernorState, Override } from '../domain/governor/decide.ts';
import { NOTHING_HELD } from '../domain/governor/decide.ts';
import type { FeedSight, Observation, Pressure } from '../domain/governor/observation.ts';
import type { Watch } from '../domain/governor/watch.ts';
import { appendAudit } from './audit.ts';
import { boundTransaction } from './transaction-limits.ts';

/** Pace and pressure as they are kept for people. */
export type SeenRow = {
  readonly feeds: readonly FeedSight[];
  readonly pressure: Pressure | null;
  readonly backlogMs: number | null;
  readonly walRate: number | null;
};

export type GovernorRow = {
  readonly level: HoldLevel;
  readonly reason_code: HoldReason | null;
  readonly reason_params: ErrorParams | null;
  readonly since: Date | null;
  readonly batch_pace: number | null;
  readonly background_pace: number | null;
  readonly watch: Watch | null;
  readonly seen: SeenRow | null;
  readonly alarms: readonly PriorityAlarm[];
  readonly is_queue_held: boolean | null;
  readonly training_problem: string | null;
  readonly override_kind: OverrideKind | null;
  readonly override_by: string | null;
  readonly override_why: string | null;
  readonly override_at: Date | null;
  readonly override_until: Date | null;
  readonly looked_at: Date | null;
  /** The database's clock, by which all ages are told. */
  readonly now: Date;
};

export async function readGovernor(sql: Sql): Promise<GovernorRow> {
  const [row] = await sql<GovernorRow[]>`select *, clock_timestamp() as now from governor_state`;
  return row!;
}

/** Reads the row to change it, soon: whoever else wants to waits until the transaction ends. */
export async function lockGovernor(tx: TransactionSql): Promise<GovernorRow> {
  await boundTransaction(tx);
  const [row] = await tx<GovernorRow[]>`select *, clock_timestamp() as now from governor_state for update`;
  return row!;
}

/** The state as it was decided last. */
export function stateOf(row: GovernorRow): GovernorState {
  const reason = row.reason_code === null ? null : { code: row.reason_code, params: row.reason_params ?? {} };
  const held = {
    level: row.level,
    reason,
    since: row.since?.getTime() ?? 0,
    batchPace: row.batch_pace,
    backgroundPace: row.background_pace,
  };
  return { watch: row.watch ?? NOTHING_HELD.watch, held };
}

/** The override that is in the row, whether it has ended or not. */
export function overrideOf(row: GovernorRow): Override | null {
  if (row.override_kind === null) return null;
  return {
    kind: row.override_kind,
    by: row.override_by!,
    why: row.override_why!,
    at: row.override_at!.getTime(),
    until: row.override_until!.getTime(),
  };
}

export type Look = {
  readonly before: GovernorRow;
  readonly state: GovernorState;
  readonly seen: Observation;
  readonly alarms: readonly PriorityAlarm[];
  readonly actions: readonly GovernorAction[];
};

/** Writes what a look decided, and each change of what is held into the audit log. */
export async function recordLook(
  tx: TransactionSql,
  { before, state, seen, alarms, actions }: Look,
): Promise<void> {
  const { held, watch } = state;
  const { feeds, pressure, backlogMs, walRate } = seen;
  const asJson = (value: unknown) => tx.json(value as JSONValue);
  await tx`
    update governor_state set
      level = ${held.level}, reason_code = ${held.reason?.code ?? null},
      reason_params = ${held.reason ? asJson(held.reason.params) : null},
      since = ${new Date(held.since)},
      batch_pace = ${whole(held.batchPace)}, background_pace = ${whole(held.backgroundPace)},
      watch = ${asJson(watch)}, seen = ${asJson({ feeds, pressure, backlogMs, walRate })}, alarms = ${asJson(alarms)},
      looked_at = clock_timestamp()`;
  for (const action of actions) {
    if (action.kind === 'end-override') {
      await clearOverride(tx);
      await audit(tx, BY_GOVERNOR, 'priority.override-ended', {
        before: { kind: before.override_kind, by: before.override_by, why: before.override_why },
      });
    } else {
      await audit(tx, BY_GOVERNOR, action.kind === 'hold' ? 'priority.held' : 'priority.released', {
        before: { level: before.level, reason: before.reason_code },
        after: {
          level: held.level,
          reason: held.reason?.code ?? null,
          params: held.reason?.params ?? {},
          batchPace: whole(held.batchPace),
          backgroundPace: whole(held.backgroundPace),
        },
      });
    }
  }
}

const whole = (pace: number | null): number | null => (pace === null ? null : Math.max(1, Math.round(pace)));

const audit = (
  tx: TransactionSql,
  by: Actor,
  action:
    | 'priority.held'
    | 'priority.released'
    | 'priority.overridden'
    | 'priority.override-ended'
    | 'priority.queue-mended',
  what: { before?: JSONValue; after?: JSONValue; reason?: string },
) => appendAudit(tx, { ...by, action, subject: PRIORITY_SUBJECT, ...what });

/** Notes whether the queue of training is held, by what the server says, and why training could not be held or released. */
export async function recordTraining(
  sql: Sql,
  isHeld: boolean | null,
  problem: string | null,
): Promise<void> {
  await sql`
    update governor_state set is_queue_held = ${isHeld}, training_problem = ${problem}
    where is_queue_held is distinct from ${isHeld}::boolean or training_problem is distinct from ${problem}::text`;
}

/** Notes that somebody else had changed the limit of the queue of training, and that it was put right. */
export async function auditQueueMended(sql: Sql, found: number | null, wanted: number | null): Promise<void> {
  await sql.begin((tx) =>
    audit(tx, BY_GOVERNOR, 'priority.queue-mended', {
      before: { requestsPerSecond: found },
      after: { requestsPerSecond: wanted },
    }),
  );
}

/** Forces something for some time; what was forced before ends. Works without a governor, which finds it. */
export async function overrideGovernor(
  sql: Sql,
  by: Actor,
  { kind, why, minutes }: { kind: OverrideKind; why: string; minutes: number },
): Promise<void> {
  await sql.begin(async (tx) => {
    const before = await lockGovernor(tx);
    const replaced = overrideAt(before);
    const [set] = await tx<{ until: Date }[]>`
      update governor_state set
        override_kind = ${kind}, override_by = ${by.actor}, override_why = ${why},
        override_at = clock_timestamp(), override_until = clock_timestamp() + ${minutes} * interval '1 minute'
      returning override_until as until`;
    await audit(tx, by, 'priority.overridden', {
      before: {
        level: before.level,
        kind: replaced?.kind ?? null,
        ...(replaced && { by: replaced.by, why: replaced.why }),
      },
      after: { kind, minutes, until: set!.until.toISOString() },
      reason: why,
    });
  });
}

/** Ends an override before its time. @returns false when nothing is forced */
export async function endOverride(sql: Sql, by: Actor, reason: string): Promise<boolean> {
  return sql.begin(async (tx) => {
    const row = await lockGovernor(tx);
    const before = overrideAt(row);
    if (before === null) return false;
    await clearOverride(tx);
    await audit(tx, by, 'priority.override-ended', {
      before: { kind: before.kind, by: before.by, why: before.why },
      reason,
    });
    return true;
  });
}

/** What is forced now; null when it has ended, whether or not a governor was there to see it. */
export function overrideAt(row: GovernorRow): Override | null {
  const override = overrideOf(row);
  return override !== null && override.until > row.now.getTime() ? override : null;
}

const clearOverride = (tx: TransactionSql) => tx`
  update governor_state set
    override_kind = null, override_by = null, override_why = null, override_at = null, override_until = null`;

export type DatabaseSight = {
  readonly feeds: FeedSight[];
  readonly backlogMs: number | null;
  /** Where the WAL ends, in bytes, and when that was, in milliseconds of the database's clock. */
  readonly walBytes: number;
  readonly now: number;
};

/** What the database shows of feeds, of files that wait, and of its own writing. Cheap: a few rows and an index. */
export async function lookAtDatabase(sql: Sql): Promise<DatabaseSight> {
  const ms = (since: string) => sql.unsafe(`extract(epoch from clock_timestamp() - ${since}) * 1000`);
  const [feeds, [rest]] = await Promise.all([
    sql<FeedSight[]>`
      select feed.feed, feed.wanted = 'running' as "isWanted",
             coalesce(status.state in ('stopped', 'ended', 'paused'), false) as "isAtRest",
             (${ms('status.seen_at')})::float8 as "heardMs", (${ms('feed.wanted_at')})::float8 as "wantedMs",
             coalesce(status.lag_ms, 0) as "lagMs", coalesce(status.lag_messages, 0) as "lagMessages"
      from feed left join feed_status as status using (feed)
      order by feed.feed`,
    sql<{ backlogMs: number | null; walBytes: number; now: Date }[]>`
      select (select (${ms('min(received_at)')})::float8 from tb_bat_file_mst
              where state in ('waiting', 'ingesting')
                -- Not in the ledger yet, and not for a reason that somebody must see to.
                or (state = 'published' and applied_no is not null and applied_at is null and problem_code is null)
             ) as "backlogMs",
             (pg_current_wal_insert_lsn() - '0/0')::float8 as "walBytes", clock_timestamp() as now`,
  ]);
  return { ...rest!, now: rest!.now.getTime(), feeds: [...feeds] };
}

/** What is held, as the API shows it. */
import type { PriorityView } from '../../contracts/priority.schema.ts';
import { describeAlarm, describeLevel, describeReason } from '../../contracts/texts/describe-priority.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import { alarmsOf, lookedMsAgo } from '../../db/governor-alarms.ts';
import { overrideAt, type GovernorRow } from '../../db/governor.ts';
import { GOVERNOR_POLICY } from '../../domain/governor/policy.ts';
import { isTrusted, trustedPace } from '../../domain/governor/trusted-pace.ts';

const seconds = (ms: number): number => Math.round(ms / 100) / 10;

/** The paces that are kept now, whether or not a governor is there. */
export function pacesNow(row: GovernorRow): {
  readonly batch: number | null;
  readonly background: number | null;
} {
  const facts = {
    batchPace: row.batch_pace,
    backgroundPace: row.background_pace,
    lookedMs: lookedMsAgo(row),
    forced: overrideAt(row)?.kind ?? null,
  };
  return {
    batch: trustedPace(facts, 'batch', GOVERNOR_POLICY),
    background: trustedPace(facts, 'background', GOVERNOR_POLICY),
  };
}

export function viewPriority(row: GovernorRow, language: Language): PriorityView {
  const looked = lookedMsAgo(row);
  const override = overrideAt(row);
  const reason = row.reason_code && { code: row.reason_code, params: row.reason_params ?? {} };
  const paces = pacesNow(row);
  const iso = (instant: number): string => new Date(instant).toISOString();
  return {
    level: row.level,
    text: describeLevel(row.level, language),
    reason: reason && { ...reason, text: describeReason(reason, language) },
    since: reason && row.since!.toISOString(),
    ageSeconds: reason && seconds(Math.max(0, row.now.getTime() - row.since!.getTime())),
    training: { isHeld: row.is_queue_held },
    batch: { bytesPerSecond: paces.batch },
    background: { bytesPerSecond: paces.background },
    feeds: (row.seen?.feeds ?? []).map(({ feed, isWanted, lagMs, lagMessages, heardMs }) => ({
      feed,
      isWanted,
      lagMs: Math.round(lagMs),
      lagMessages,
      heardSecondsAgo: heardMs === null ? null : seconds(Math.max(0, heardMs + (looked ?? 0))),
    })),
    pressure: row.seen?.pressure ?? null,
    backlogSeconds: row.seen?.backlogMs == null ? null : seconds(row.seen.backlogMs),
    walBytesPerSecond: row.seen?.walRate == null ? null : Math.round(row.seen.walRate),
    override: override && {
      action: override.kind,
      by: override.by,
      reason: override.why,
      at: iso(override.at),
      until: iso(override.until),
    },
    governor: {
      lookedAt: row.looked_at?.toISOString() ?? null,
      ageSeconds: looked === null || looked < 0 ? null : seconds(looked),
      blindSince:
        looked !== null && !isTrusted(looked, GOVERNOR_POLICY) ? row.looked_at!.toISOString() : null,
    },
    alarms: alarmsOf(row).map((alarm) => ({ ...alarm, text: describeAlarm(alarm, language) })),
  };
}

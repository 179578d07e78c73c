/** Alarms of the governor, and those about it, which it cannot raise. */
import type { PriorityAlarm } from '../contracts/priority.ts';
import { GOVERNOR_POLICY } from '../domain/governor/policy.ts';
import { isTrusted } from '../domain/governor/trusted-pace.ts';
import type { GovernorRow } from './governor.ts';

/** How long ago the governor looked, in milliseconds; null: never. Below 0 when the clock was set back since. */
export const lookedMsAgo = (row: GovernorRow): number | null =>
  row.looked_at && row.now.getTime() - row.looked_at.getTime();

/** What people must know. */
export function alarmsOf(row: GovernorRow): PriorityAlarm[] {
  const looked = lookedMsAgo(row);
  if (looked === null) return [{ code: 'governor-never', params: {} }];
  return [
    ...(isTrusted(looked, GOVERNOR_POLICY)
      ? []
      : [{ code: 'governor-blind', params: { seconds: Math.round(Math.abs(looked) / 1000) } } as const]),
    ...(row.training_problem === null
      ? []
      : [{ code: 'training-unreachable', params: { reason: row.training_problem } } as const]),
    ...row.alarms,
  ];
}

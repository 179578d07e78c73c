/** The pace that background work keeps when nobody can be asked: what the governor said last, while it can be trusted. */
import type { OverrideKind } from '../../contracts/priority.ts';
import type { GovernorPolicy } from './policy.ts';

/** `batch` is files and all that days and deliveries wait for, `background` what can wait: backfill. */
export type PaceClass = 'batch' | 'background';

export type PaceFacts = {
  /** As decided last, bytes of WAL a second; null: as much as it can. */
  readonly batchPace: number | null;
  readonly backgroundPace: number | null;
  /** How long ago the governor looked; null: never. Below 0 it is not known: the clock was set back since. */
  readonly lookedMs: number | null;
  /** What an operator forces now. */
  readonly forced: OverrideKind | null;
};

/** Is what the governor said last to be relied on? */
export const isTrusted = (lookedMs: number, policy: GovernorPolicy): boolean =>
  lookedMs >= 0 && lookedMs <= policy.trustedMs;

/**
 * The pace to keep, in bytes of WAL a second; null: none. A governor that has fallen silent may have died of the load
 * that it should hold back, so that its last word is not enough; one that never looked governs nothing here.
 */
export function trustedPace(facts: PaceFacts, which: PaceClass, policy: GovernorPolicy): number | null {
  if (facts.lookedMs === null) return null;
  const said = which === 'batch' ? facts.batchPace : facts.backgroundPace;
  if (isTrusted(facts.lookedMs, policy)) return said;
  if (facts.forced === 'release') return null;
  return Math.min(said ?? Infinity, policy.heldPace);
}

/** The pace that background work keeps when nobody can be asked: what the governor said last, while it can be trusted. */
import type { OverrideKind } from '../../contracts/priority.ts';
import type { GovernorPolicy } from './policy.ts';

/** `batch` is files and all that days and deliveries wait for, `background` what can wait: backfill. */
export type PaceClass = 'batch' | 'background';

export type PaceFacts = {
  /** As decided last, bytes of WAL a second; null: as much as it can. */
  readonly batchPace: number | null;
  readonly backgroundPace: number | null;
  /** How long ago the governor looked; null: never. */
  readonly lookedMs: number | null;
  /** What an operator forces now. */
  readonly forced: OverrideKind | null;
};

/**
 * The pace to keep, in bytes of WAL a second; null: none. A governor that has fallen silent may have died of the load
 * that it should hold back, so that its last word is not enough; one that never looked governs nothing here.
 */
export function trustedPace(facts: PaceFacts, which: PaceClass, policy: GovernorPolicy): number | null {
  if (facts.lookedMs === null) return null;
  const said = which === 'batch' ? facts.batchPace : facts.backgroundPace;
  if (facts.lookedMs <= policy.trustedMs) return said;
  if (facts.forced === 'release') return null;
  return Math.min(said ?? Infinity, policy.heldPace);
}

/** Which of two counterparties reports a swap. Source: 17 CFR 45.8 (general knowledge). */
import type { Role } from './entities.ts';
import type { Basis } from './basis.ts';

/** What is known of a counterparty; null where nothing is. */
export type Counterparty = {
  readonly lei: string | null;
  readonly role: Role | null;
  readonly financialEntity: boolean | null;
  readonly usPerson: boolean | null;
};

export type ReporterReason =
  | 'clearing-organization'
  | 'swap-dealer'
  | 'major-swap-participant'
  | 'financial-entity'
  | 'us-person'
  | 'by-agreement'
  | 'premise-unknown';

export type Reporter = Basis & {
  /** 0 or 1, the place of the counterparty that reports; null when the rule leaves it to them or is undetermined. */
  readonly place: 0 | 1 | null;
  readonly reason: ReporterReason;
};

const RANKS: readonly ReporterReason[] = [
  'clearing-organization',
  'swap-dealer',
  'major-swap-participant',
  'financial-entity',
];

/**
 * Least and greatest rank that a counterparty can have by what is known of it; 0 reports before 1. A clearing
 * organization is always known as one: the swap is cleared.
 */
function ranksOf({ role, financialEntity }: Counterparty): readonly [number, number] {
  if (role === 'DCO') return [0, 0];
  if (role === 'SD') return [1, 1];
  if (role === 'MSP') return [2, 2];
  const financial: readonly [number, number] =
    financialEntity === null ? [3, 4] : financialEntity ? [3, 3] : [4, 4];
  return role === null ? [1, financial[1]] : financial;
}

/**
 * Clearing organization before swap dealer before major swap participant before other financial entity before others;
 * among equals the US person; else whom they agree on. Source: 17 CFR 45.8 (general knowledge).
 */
export function reportingCounterparty(parties: readonly [Counterparty, Counterparty]): Reporter {
  const [first, second] = [ranksOf(parties[0]), ranksOf(parties[1])];
  if (first[1] < second[0]) return conclude(0, RANKS[first[1]] ?? 'premise-unknown');
  if (second[1] < first[0]) return conclude(1, RANKS[second[1]] ?? 'premise-unknown');
  const areEqual = first[0] === first[1] && second[0] === second[1];
  if (!areEqual) return conclude(null, 'premise-unknown');

  const [us, otherUs] = [parties[0].usPerson, parties[1].usPerson];
  if (us === null || otherUs === null) return conclude(null, 'premise-unknown');
  if (us !== otherUs) return conclude(us ? 0 : 1, 'us-person');
  return conclude(null, 'by-agreement');
}

const conclude = (place: Reporter['place'], reason: ReporterReason): Reporter => ({
  place,
  reason,
  citation: '17 CFR 45.8',
  confidence: 'general-knowledge',
});

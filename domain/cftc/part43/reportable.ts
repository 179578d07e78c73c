/**
 * Is a message about a swap made public? The pair's flag comes from the table of action and event types; here are the
 * reasons that the table does not know. What a record cannot say takes its usual value and is listed as assumed.
 */
import { isEndOfDay } from '../action-events.ts';
import type { Basis } from '../basis.ts';
import { elementByNumber } from '../elements.ts';
import { PUBLICATION_REASONS, type PublicationReason } from './reasons.ts';

/** What is known of a message and its swap; null where nothing is. */
export type PublicationFacts = {
  /** #26. */
  readonly action: string | null;
  /** #27; null too where it is blank, as for corrections. */
  readonly event: string | null;
  /** #28. */
  readonly amendment: boolean | null;
  /** #1: Y for a swap that clearing made. */
  readonly cleared: string | null;
  /** May the pair of action and event type be reported under part 43? */
  readonly pairIsPublic: boolean | null;
  /** Is it between affiliates of one owner, so that no market risk changes hands? */
  readonly interAffiliate: boolean | null;
  /** Was its price formed between the parties at arm's length, although they are affiliates or it compresses others? */
  readonly priceForming: boolean | null;
  /** Does it mirror a prime broker's trigger swap, which is public itself? */
  readonly mirrorSwap: boolean | null;
  /** Was the swap itself published when it was new? Without meaning for NEWT. */
  readonly swapIsPublic: boolean | null;
};

type Assumable = 'interAffiliate' | 'priceForming' | 'mirrorSwap' | 'swapIsPublic';

export type Publication = Basis & {
  readonly outcome: 'public' | 'not-public' | 'undetermined';
  readonly reason: PublicationReason;
  /** Facts that were not given and could change the outcome. */
  readonly assumed: readonly Assumable[];
};

const actionCodes = elementByNumber.get('26')?.allowed;
const ACTIONS: ReadonlySet<string> = new Set(actionCodes?.kind === 'codes' ? actionCodes.codes : []);

/** Is the message disseminated, and why or why not? Source: 17 CFR 43.2; technical specification v3.2, appendix F. */
export function judgePublication(facts: PublicationFacts): Publication {
  const barred = barByMessage(facts);
  return barred === null ? judgeSwap(facts) : conclude(barred, []);
}

/** What the message itself says; no other fact could change it. */
function barByMessage(facts: PublicationFacts): PublicationReason | null {
  const { action, event } = facts;
  if (action === null || !ACTIONS.has(action)) return 'action-unknown';
  if (isEndOfDay(action)) return 'end-of-day';
  if (action === 'PRTO' || event === 'PTNG') return 'porting';
  if (event === 'ALOC') return 'allocation';
  if (action === 'NEWT' && event === 'CLAL') return 'allocation';
  if (event === 'CLRG' && (action === 'NEWT' || facts.cleared === 'Y')) return 'clearing-swap';
  if (action === 'MODI' && facts.amendment === false) return 'not-amended';
  if (facts.pairIsPublic === false) return 'pair-not-public';
  return null;
}

function judgeSwap(facts: PublicationFacts): Publication {
  const { priceForming } = facts;
  // A compression is published when its price is the parties' own; nothing in a record says so.
  const compression = facts.event === 'COMP' && priceForming !== true;
  if (compression) return conclude('compression', priceForming === null ? ['priceForming'] : []);
  if (facts.interAffiliate === true && priceForming !== true) {
    return conclude('inter-affiliate', priceForming === null ? ['priceForming'] : []);
  }
  if (facts.mirrorSwap === true) return conclude('mirror-swap', []);
  const isNew = facts.action === 'NEWT';
  if (!isNew && facts.swapIsPublic === false) return conclude('swap-not-public', []);
  if (facts.pairIsPublic === null) return conclude('pair-unknown', []);
  if (facts.action === 'MODI' && facts.amendment === null) return conclude('amendment-unknown', []);

  const assumed: Assumable[] = [];
  if (facts.interAffiliate === null && priceForming !== true) assumed.push('interAffiliate');
  if (facts.mirrorSwap === null) assumed.push('mirrorSwap');
  if (!isNew && facts.swapIsPublic === null) assumed.push('swapIsPublic');
  const except = facts.event === 'COMP' || facts.interAffiliate === true;
  return conclude(except ? 'price-forming' : 'reportable', assumed);
}

const conclude = (reason: PublicationReason, assumed: readonly Assumable[]): Publication => {
  const { outcome, citation, confidence } = PUBLICATION_REASONS[reason];
  return { outcome, reason, citation, confidence, assumed };
};

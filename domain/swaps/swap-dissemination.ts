/**
 * Is a message shown to the public, and to which earlier one does it then refer? The first is judged as the preview of
 * part 43 judges it (domain/cftc/part43/reportable.ts), by what the event and the swap tell. Who the parties are may keep
 * a swap out altogether: no message says so, and it is listed as assumed.
 * Source: CFTC technical specification v3.2, appendix F, the worked examples; D2.
 */
import { isAllowed, type ActionType, type EventType } from '../cftc/action-events.ts';
import { judgePublication, type Publication as Judgement } from '../cftc/part43/reportable.ts';
import { singleValue, type RecordValues } from './record-content.ts';
import type { Publication, SwapState } from './swap-state.ts';

export type Dissemination = Judgement & {
  /**
   * Place of the message whose dissemination identifier is the original one (D2): always the first that the public saw
   * of the swap, also when later ones have changed it. Null for NEWT, and where the first was not seen here.
   */
  readonly originalOf: string | null;
  /** D2 lists REVI, and the worked example of it leaves D2 blank: either is right. */
  readonly originalMayBeBlank: boolean;
};

type PublishedEvent = {
  readonly action: ActionType;
  readonly event: EventType | null;
  readonly amendment: boolean | null;
  readonly values: RecordValues;
};

/**
 * Judges one message that was applied.
 * @param state the swap before it
 */
export function disseminationOf(
  { action, event, amendment, values }: PublishedEvent,
  { terms, publication }: Pick<SwapState, 'terms' | 'publication'>,
): Dissemination {
  const judged = judgePublication({
    action,
    event,
    amendment,
    cleared: singleValue(values, 'cleared') ?? singleValue(terms, 'cleared'),
    pairIsPublic: isAllowed(action, event, 43),
    interAffiliate: null,
    priceForming: null,
    mirrorSwap: null,
    swapIsPublic: wasSeen(publication),
  });
  const refersBack = judged.outcome !== 'not-public' && action !== 'NEWT';
  return {
    ...judged,
    originalOf: refersBack ? publication.first : null,
    originalMayBeBlank: refersBack && action === 'REVI',
  };
}

/** After NEWT-PTNG, or when its beginning was not seen here, the public may know a swap from elsewhere. */
function wasSeen({ first, begunBy }: Publication): boolean | null {
  if (first !== null) return true;
  return begunBy === null || begunBy === 'PTNG' ? null : false;
}

/**
 * Is a message shown to the public, and to which earlier one does it then refer? It follows from the event and from what
 * the public has seen of the swap. Who the parties are and what the product is may keep a swap out altogether: that is
 * judged elsewhere.
 * Source: CFTC technical specification v3.2, appendix F, the worked examples; D2. That no compression at all is shown is
 * general knowledge beyond the bilateral one of example 7; one that forms a price would be.
 */
import { isEndOfDay } from '../cftc/action-events.ts';
import type { SwapEvent } from './swap-event.ts';
import type { Publication } from './swap-state.ts';

/** Why a message is disseminated, or why not. */
export type DisseminationReason =
  | 'new'
  | 'amendment'
  | 'correction'
  | 'error'
  | 'revival'
  | 'termination'
  | 'end-of-day'
  | 'clearing-swap'
  | 'allocation'
  | 'compression'
  | 'porting'
  | 'upgrade'
  | 'exercise'
  | 'no-amendment'
  | 'never-public'
  | 'unknown-action';

export type Dissemination = {
  readonly disseminated: boolean;
  readonly reason: DisseminationReason;
  /**
   * Place of the message whose dissemination identifier is the original one (D2): always the first that the public saw
   * of the swap, also when later ones have changed it. Null for NEWT, and where the first was not seen here.
   */
  readonly originalOf: string | null;
  /** D2 lists REVI, and the worked example of it leaves D2 blank: either is right. */
  readonly originalMayBeBlank: boolean;
};

type Reason = Pick<Dissemination, 'disseminated' | 'reason'>;

const PUBLIC = (reason: DisseminationReason): Reason => ({ disseminated: true, reason });
const HIDDEN = (reason: DisseminationReason): Reason => ({ disseminated: false, reason });

/** Swaps that begin like this are never public. After NEWT-PTNG the public knows the swap from another repository. */
const NEVER_PUBLIC = new Set(['CLRG', 'ALOC', 'CLAL', 'COMP', 'UPDT']);

/**
 * Judges one message that was applied.
 * @param publication what the public saw before it
 */
export function isDisseminated(
  event: Pick<SwapEvent, 'action' | 'event' | 'amendment'>,
  publication: Publication,
): Dissemination {
  const { disseminated, reason } = reasonFor(event, publication);
  const refersBack = disseminated && event.action !== 'NEWT';
  return {
    disseminated,
    reason,
    originalOf: refersBack ? publication.first : null,
    originalMayBeBlank: refersBack && event.action === 'REVI',
  };
}

function reasonFor(
  { action, event, amendment }: Pick<SwapEvent, 'action' | 'event' | 'amendment'>,
  { first, begunBy }: Publication,
): Reason {
  if (isEndOfDay(action)) return HIDDEN('end-of-day');
  if (event === 'PTNG') return HIDDEN('porting');
  if (event === 'COMP') return HIDDEN('compression');
  if (event === 'ALOC') return HIDDEN('allocation');
  if (action === 'NEWT') return forNew(event);
  if (first === null && begunBy !== null && NEVER_PUBLIC.has(begunBy)) return HIDDEN('never-public');
  switch (action) {
    case 'MODI':
      if (event === 'EXER') return HIDDEN('exercise');
      return amendment === true ? PUBLIC('amendment') : HIDDEN('no-amendment');
    case 'CORR':
      return PUBLIC('correction');
    case 'EROR':
      return PUBLIC('error');
    case 'REVI':
      return PUBLIC('revival');
    case 'TERM':
      return PUBLIC('termination');
    default:
      return HIDDEN('unknown-action');
  }
}

function forNew(event: string | null): Reason {
  if (event === 'CLRG') return HIDDEN('clearing-swap');
  if (event === 'CLAL') return HIDDEN('allocation');
  return event === 'UPDT' ? HIDDEN('upgrade') : PUBLIC('new');
}

/**
 * The lifecycle of a swap at a repository: which actions a state takes, and where they lead.
 * Source: CFTC technical specification v3.2, appendix F, figure 1 (part 45) and footnote 108. Figure 2 (part 43) is an
 * image that we could not read: its table is what is commonly known, and so marked.
 */
import { ACTION_TYPES, type ActionType, type EventType, type Part } from './action-events.ts';
import type { Confidence } from './rules.ts';

/** `none`: the repository does not know the swap. `matured`: past its expiration date (#95), without any message. */
export type SwapStatus = 'none' | 'open' | 'terminated' | 'errored' | 'matured' | 'transferred-out';

/** `same` keeps the state, `restored` takes back the one before the error. */
export type Target = SwapStatus | 'same' | 'restored';

export type Transition = { readonly to: Target; readonly confidence: Confidence };

type Row = Readonly<Partial<Record<ActionType, Transition>>>;

const source = (to: Target): Transition => ({ to, confidence: 'source' });
const inferred = (to: Target): Transition => ({ to, confidence: 'inferred' });
const known = (to: Target): Transition => ({ to, confidence: 'general-knowledge' });

const KEPT: Row = {
  MODI: source('same'),
  CORR: source('same'),
  VALU: source('same'),
  MARU: source('same'),
  EROR: source('errored'),
  // Footnote 108: a live, terminated or expired swap may be transferred out; figure 1 draws it for live ones only.
  PRTO: source('transferred-out'),
};

const PART_45: Readonly<Record<SwapStatus, Row>> = {
  none: { NEWT: source('open') },
  open: { ...KEPT, TERM: source('terminated') },
  terminated: { ...KEPT, REVI: source('open') },
  // That an error is undone is the source's; that the swap is then what it was before is our conclusion.
  errored: { REVI: inferred('restored') },
  matured: KEPT,
  // Only with the event PTNG: the swap comes back from another repository.
  'transferred-out': { NEWT: source('open') },
};

const PART_43: Readonly<Record<SwapStatus, Row>> = {
  none: { NEWT: known('open') },
  open: { MODI: known('same'), CORR: known('same'), TERM: known('terminated'), EROR: known('errored') },
  terminated: { CORR: known('same'), EROR: known('errored'), REVI: known('open') },
  errored: { REVI: known('restored') },
  // Nobody says: what is past is taken like what has ended, but for what would reopen it.
  matured: { CORR: inferred('same'), EROR: inferred('errored') },
  'transferred-out': {},
};

const TABLES = { 43: PART_43, 45: PART_45 };

export const SWAP_STATUSES = Object.keys(PART_45) as readonly SwapStatus[];

/** Where an action leads from a state; null when the state does not take it. */
export function transitionOf(
  status: SwapStatus,
  action: ActionType,
  event: EventType | null,
  part: Part,
): Transition | null {
  if (status === 'transferred-out' && event !== 'PTNG') return null;
  return TABLES[part][status][action] ?? null;
}

/** The actions that a state takes, in the order of #26. NEWT of a swap transferred out needs the event PTNG. */
export const acceptedActions = (status: SwapStatus, part: Part): ActionType[] =>
  ACTION_TYPES.filter((action) => TABLES[part][status][action] !== undefined);

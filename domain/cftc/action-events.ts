/**
 * Which event may be reported by which action: the matrix of the technical specification v3.2, appendix F, table 7.
 * The check marks of the published table are lost in every text of it that we could read; the cells follow the worked
 * examples and footnotes of the specification and the encoding of the same table in ISDA's Digital Regulatory
 * Reporting 6.10.0. How many of these name a cell is kept with it.
 */
import type { Confidence } from './rules.ts';

/** Values of #26. */
export const ACTION_TYPES = ['NEWT', 'MODI', 'CORR', 'EROR', 'TERM', 'REVI', 'PRTO', 'VALU', 'MARU'] as const;
export type ActionType = (typeof ACTION_TYPES)[number];

/** Values of #27, in the order of the columns below. */
// prettier-ignore
export const EVENT_TYPES = ['TRAD', 'NOVA', 'COMP', 'ETRM', 'CLRG', 'EXER', 'ALOC', 'CLAL', 'CREV', 'PTNG', 'CORP', 'UPDT'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** The part of the CFTC's rules under which a message is reported: 43 to the public, 45 to the regulator. */
export type Part = 43 | 45;

/** What supports a cell: two sources, one, or that the one source which lists the allowed pairs leaves it out. */
export type Evidence = 'two sources' | 'one source' | 'absence';

export type Pair = {
  readonly part43: boolean;
  readonly part45: boolean;
  readonly evidence: Evidence;
  readonly confidence: Confidence;
};

// B: allowed in both parts, T: in part 45 only, with the number of sources; "-": in neither.
// prettier-ignore
const MATRIX = {
  //     TRAD NOVA COMP ETRM CLRG EXER ALOC CLAL CREV PTNG CORP UPDT
  NEWT: 'B2   B2   B2   -    T2   B2   T2   T2   -    T2   B1   T1',
  MODI: 'B2   B2   B1   -    -    T2   T1   -    B2   -    B1   B1',
  TERM: '-    B2   B2   B2   B2   B2   T2   B1   B1   -    B1   -',
  PRTO: '-    -    -    -    -    -    -    -    -    T2   -    -',
} as const satisfies Partial<Record<ActionType, string>>;

/** Actions that carry no event; #27 must be blank. Source: footnote 106. The last two are reported to part 45 only. */
const WITHOUT_EVENT: Readonly<Partial<Record<ActionType, { readonly part43: boolean }>>> = {
  CORR: { part43: true },
  EROR: { part43: true },
  REVI: { part43: true },
  VALU: { part43: false },
  MARU: { part43: false },
};

const EVIDENCE: Readonly<Record<string, Evidence>> = { 1: 'one source', 2: 'two sources' };

const PAIRS: ReadonlyMap<string, Pair> = new Map(
  Object.entries(MATRIX).flatMap(([action, row]) =>
    row.split(/ +/).map((cell, index): [string, Pair] => [
      `${action}-${EVENT_TYPES[index]}`,
      {
        part43: cell.startsWith('B'),
        part45: cell !== '-',
        evidence: EVIDENCE[cell.slice(1)] ?? 'absence',
        confidence: 'source',
      },
    ]),
  ),
);

export const isActionType = (text: string): text is ActionType =>
  (ACTION_TYPES as readonly string[]).includes(text);

export const isEventType = (text: string): text is EventType =>
  (EVENT_TYPES as readonly string[]).includes(text);

/** Is it a report at the end of a day, about the day and not about an event? */
export const isEndOfDay = (action: string): boolean => action === 'VALU' || action === 'MARU';

/** Must #27 be blank with this action? */
export const isWithoutEvent = (action: ActionType): boolean => WITHOUT_EVENT[action] !== undefined;

/** The cell of the matrix; null for an action that carries no event. */
export const pairOf = (action: ActionType, event: EventType): Pair | null =>
  PAIRS.get(`${action}-${event}`) ?? null;

/** May the action, with this event or none, be reported under the part? */
export function isAllowed(action: ActionType, event: EventType | null, part: Part): boolean {
  const bare = WITHOUT_EVENT[action];
  if (bare) return event === null && (part === 45 || bare.part43);
  const pair = event === null ? null : pairOf(action, event);
  return pair !== null && (part === 45 ? pair.part45 : pair.part43);
}

/** The events that an action may carry under a part, in the order of the matrix. */
export const allowedEvents = (action: ActionType, part: Part): EventType[] =>
  EVENT_TYPES.filter((event) => isAllowed(action, event, part));

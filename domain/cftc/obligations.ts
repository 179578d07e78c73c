/**
 * What our entities owe for a swap and by when. Execution and event dates are dates in New York; business days are
 * those of the place of the entity that reports, and end by its clocks. Source: 17 CFR part 45.
 */
import { endOfBusinessDayAfter } from './calendars/business-time.ts';
import { addDays } from './calendars/days.ts';
import { isBusinessDay } from './calendars/holiday-calendar.ts';
import { EASTERN, endOfDay, localDate, parseInstant } from './calendars/zone.ts';
import { placeOf, type Calendars, type OwnEntity, type Role } from './entities.ts';
import type { Basis } from './basis.ts';

export type ObligationKind =
  | 'creation'
  | 'lifecycle'
  | 'alpha-termination'
  | 'valuation'
  | 'collateral'
  | 'verification'
  | 'error-correction';

/** Why it cannot be said when something is due. */
export type DueGap = 'start-unknown' | 'calendar-not-loaded' | 'calendar-does-not-cover';

export type Obligation = Basis & {
  readonly kind: ObligationKind;
  /** LEI of our entity that owes it. */
  readonly by: string;
  /** Date from which days are counted; null when it is not known. */
  readonly from: string | null;
} & (
    | { readonly dueAt: number; readonly gap: null }
    /** Owed, but nobody can say by when. */
    | { readonly dueAt: null; readonly gap: DueGap }
  );

/** Swap dealers, major swap participants and clearing organizations owe more, and sooner. */
const isRegistered = (role: Role): boolean => role === 'SD' || role === 'MSP' || role === 'DCO';
const isFacility = (role: Role): boolean => role === 'SEF' || role === 'DCM';

type Rule = Basis & { readonly kind: ObligationKind; readonly businessDays: number };

const rule = (
  kind: ObligationKind,
  businessDays: number,
  confidence: Basis['confidence'],
  citation: string,
): Rule => ({ kind, businessDays, confidence, citation });

const RULES = {
  facilityCreation: rule('creation', 1, 'source', '17 CFR 45.3(a)'),
  clearingCreation: rule('creation', 1, 'general-knowledge', '17 CFR 45.3(c)'),
  registeredCreation: rule('creation', 1, 'source', '17 CFR 45.3(b)(1)'),
  otherCreation: rule('creation', 2, 'source', '17 CFR 45.3(b)(2)'),
  registeredChange: rule('lifecycle', 1, 'source', '17 CFR 45.4(c)(1)(i)'),
  corporateEvent: rule('lifecycle', 2, 'source', '17 CFR 45.4(c)(1)(i), corporate event of the other party'),
  otherChange: rule('lifecycle', 2, 'source', '17 CFR 45.4(c)(1)(ii)'),
  alphaTermination: rule('alpha-termination', 1, 'source', '17 CFR 45.4(b)'),
  valuation: rule('valuation', 1, 'general-knowledge', '17 CFR 45.4(c)(2)'),
  collateral: rule('collateral', 1, 'general-knowledge', '17 CFR 45.4(c)(2)'),
  correction: rule('error-correction', 7, 'general-knowledge', '17 CFR 45.14(a) and 43.3(e)'),
} as const;

export type SwapEvent = {
  /** #26 and #27; null where blank. */
  readonly action: string | null;
  readonly event: string | null;
  /** #96 and #30. */
  readonly executionTimestamp: string | null;
  readonly eventTimestamp: string | null;
  /** Was the swap executed on a facility or under its rules? */
  readonly onFacility: boolean | null;
  /** Is it a corporate event of the counterparty that does not report? */
  readonly corporateEventOfOther: boolean;
  /** When the error was found that a correction corrects, a timestamp; null when nobody wrote it down. */
  readonly discoveredAt: string | null;
};

/**
 * What one of our entities, which reports the swap, owes for an event. Clearing organizations end the original swap
 * (TERM, CLRG); facilities owe creation data alone; a correction is owed from the discovery of the error on.
 * @returns empty when the event asks nothing of it
 */
export function obligationsOfEvent(event: SwapEvent, entity: OwnEntity, calendars: Calendars): Obligation[] {
  const found = ruleOf(event, entity.role);
  if (found === null) return [];
  return [owe(found, entity, calendars, countedFrom(event))];
}

function ruleOf({ action, event, onFacility, corporateEventOfOther }: SwapEvent, role: Role): Rule | null {
  switch (action) {
    case 'NEWT':
      if (isFacility(role)) return onFacility === false ? null : RULES.facilityCreation;
      if (role === 'DCO') return RULES.clearingCreation;
      // On a facility it is the facility that reports the new swap, whoever reports it later.
      if (onFacility === true) return null;
      return isRegistered(role) ? RULES.registeredCreation : RULES.otherCreation;
    case 'PRTO':
      if (isFacility(role)) return null;
      return { ...(isRegistered(role) ? RULES.registeredChange : RULES.otherChange), confidence: 'inferred' };
    case 'MODI':
    case 'TERM':
      if (isFacility(role)) return null;
      if (role === 'DCO' && action === 'TERM' && event === 'CLRG') return RULES.alphaTermination;
      if (!isRegistered(role)) return RULES.otherChange;
      return event === 'CORP' && corporateEventOfOther ? RULES.corporateEvent : RULES.registeredChange;
    case 'CORR':
    case 'EROR':
    case 'REVI':
      return RULES.correction;
    case null:
    default:
      // Valuations and margin are owed by the day, not by the message: see dailyObligations.
      return null;
  }
}

/**
 * The date in New York from which business days are counted; null when the event does not say. A new swap that came of
 * another one (novation, transfer, clearing) can carry the other's execution, so that its event counts (inferred).
 */
function countedFrom({
  action,
  event,
  executionTimestamp,
  eventTimestamp,
  discoveredAt,
}: SwapEvent): string | null {
  const isCorrection = action === 'CORR' || action === 'EROR' || action === 'REVI';
  const isTrade = action === 'NEWT' && (event === null || event === 'TRAD');
  const text = isCorrection ? discoveredAt : isTrade ? executionTimestamp : eventTimestamp;
  const instant = text === null ? null : parseInstant(text);
  return instant === null ? null : localDate(instant, EASTERN);
}

function owe(
  { kind, businessDays, citation, confidence }: Rule,
  entity: OwnEntity,
  calendars: Calendars,
  from: string | null,
): Obligation {
  const owed = { kind, by: entity.lei, from, citation, confidence };
  if (from === null) return { ...owed, dueAt: null, gap: 'start-unknown' };
  const place = placeOf(entity, calendars);
  if (place === null) return { ...owed, dueAt: null, gap: 'calendar-not-loaded' };
  const dueAt = endOfBusinessDayAfter(from, businessDays, place);
  return dueAt === null ? { ...owed, dueAt, gap: 'calendar-does-not-cover' } : { ...owed, dueAt, gap: null };
}

/**
 * What an entity that reports open swaps owes for a day: their valuation, and their margin. Others than registered
 * entities owe neither, clearing organizations no margin; nobody owes anything for a day that is no business day.
 * @param date a day in the entity's place, YYYY-MM-DD
 */
export function dailyObligations(entity: OwnEntity, date: string, calendars: Calendars): Obligation[] {
  const place = placeOf(entity, calendars);
  if (place !== null && isBusinessDay(date, place.calendar) === false) return [];
  const owed: Rule[] = [];
  if (isRegistered(entity.role)) owed.push(RULES.valuation);
  if (entity.role === 'SD' || entity.role === 'MSP') owed.push(RULES.collateral);
  return owed.map((one) => owe(one, entity, calendars, date));
}

const VERIFICATION: Basis = { citation: '17 CFR 45.14(b)', confidence: 'general-knowledge' };
const VERIFICATION_DAYS = 30;

/**
 * When the open swaps must be verified again: every 30 days by registered entities, every calendar quarter by others
 * that report. Facilities hold no swaps.
 * @param last date of the verification before, YYYY-MM-DD
 */
export function verificationObligation(entity: OwnEntity, last: string): Obligation | null {
  if (isFacility(entity.role)) return null;
  const due = isRegistered(entity.role) ? addDays(last, VERIFICATION_DAYS) : endOfNextQuarter(last);
  const dueAt = due === null ? null : endOfDay(due, entity.zone);
  const owed = { kind: 'verification', by: entity.lei, from: last, ...VERIFICATION } as const;
  return dueAt === null ? { ...owed, dueAt, gap: 'start-unknown' } : { ...owed, dueAt, gap: null };
}

const QUARTER_ENDS = ['03-31', '06-30', '09-30', '12-31'];

function endOfNextQuarter(date: string): string | null {
  if (addDays(date, 0) === null) return null;
  const next = Math.floor((Number(date.slice(5, 7)) - 1) / 3) + 1;
  const year = Number(date.slice(0, 4)) + (next > 3 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${QUARTER_ENDS[next % 4]}`;
}

export type Timeliness =
  | {
      readonly late: boolean;
      /** Seconds after the due time; 0 when in time. */ readonly lateSeconds: number;
    }
  | { readonly late: null; readonly gap: DueGap };

/** Was it reported in time, and how late? The due time is the last second that is in time. */
export function judgeTimeliness(obligation: Obligation, reportedAt: number): Timeliness {
  if (obligation.gap !== null) return { late: null, gap: obligation.gap };
  const seconds = Math.floor(reportedAt / 1000) - Math.floor(obligation.dueAt / 1000);
  return { late: seconds > 0, lateSeconds: Math.max(0, seconds) };
}

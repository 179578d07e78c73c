/** By when something must be mended that no record says it of. */
import { formatInstant } from '../cftc/calendars/zone.ts';
import { entitiesAt, entityAt, type Calendars, type EntityTable } from '../cftc/entities.ts';
import { obligationsOfEvent, type SwapEvent } from '../cftc/obligations.ts';

type Tables = { readonly entities: EntityTable; readonly calendars: Calendars };

const EVENT: SwapEvent = {
  action: null,
  event: null,
  executionTimestamp: null,
  eventTimestamp: null,
  onFacility: false,
  corporateEventOfOther: false,
  discoveredAt: null,
};

/**
 * The earliest time at which one of our entities owes what happened on a day. A rejected record may not say what it is;
 * nothing of its day is due before a new swap is.
 * @param date YYYY-MM-DD
 * @returns an instant in milliseconds; null when none of ours owes anything, or nobody can say by when
 */
export function earliestDue({ entities, calendars }: Tables, date: string): number | null {
  const event = { ...EVENT, action: 'NEWT', event: 'TRAD', executionTimestamp: `${date}T17:00:00Z` };
  const dues = entitiesAt(entities, date).flatMap((entity) =>
    obligationsOfEvent(event, entity, calendars).flatMap(({ dueAt }) => dueAt ?? []),
  );
  return dues.length === 0 ? null : Math.min(...dues);
}

/**
 * By when one of our entities must have corrected an error. Source: 17 CFR 45.14(a).
 * @param entity its LEI
 * @param foundAt an instant in milliseconds: the discovery
 * @returns an instant in milliseconds; null when it is none of ours on that day, or nobody can say by when
 */
export function correctionDue(
  { entities, calendars }: Tables,
  entity: string,
  foundAt: number,
): number | null {
  const discoveredAt = formatInstant(foundAt);
  const own = entityAt(entities, entity, discoveredAt.slice(0, 10));
  if (own === null) return null;
  return obligationsOfEvent({ ...EVENT, action: 'CORR', discoveredAt }, own, calendars)[0]?.dueAt ?? null;
}

/** Which days our entities owe valuations and margin for. */
import { addDays } from '../cftc/calendars/days.ts';
import { localDate } from '../cftc/calendars/zone.ts';
import { entitiesAt, type Calendars, type EntityTable } from '../cftc/entities.ts';
import { dailyObligations, type Obligation } from '../cftc/obligations.ts';

export type OwedDay = {
  readonly kind: 'valuation' | 'collateral';
  /** LEI. */
  readonly entity: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly obligation: Obligation;
};

/** Longer than any row of holidays. */
const LOOK_BACK_DAYS = 14;

type Tables = { readonly entities: EntityTable; readonly calendars: Calendars };

/** What our entities owe for each day from `from` to `to`, both included, in the order of the days. */
export function owedDays({ entities, calendars }: Tables, from: string, to: string): OwedDay[] {
  const owed: OwedDay[] = [];
  for (let date: string | null = from; date !== null && date <= to; date = addDays(date, 1)) {
    for (const entity of entitiesAt(entities, date)) {
      for (const obligation of dailyObligations(entity, date, calendars)) {
        const { kind } = obligation;
        if (kind === 'valuation' || kind === 'collateral')
          owed.push({ kind, entity: entity.lei, date, obligation });
      }
    }
  }
  return owed;
}

/**
 * The last day, per entity and kind, whose reports are due already: what is older is owed just as well, and what was
 * reported for a later day answers it.
 * @param now an instant in milliseconds
 */
export function lastDueDays(tables: Tables, now: number): OwedDay[] {
  const last = new Map<string, OwedDay>();
  for (const owed of daysAround(tables, now)) {
    const { dueAt } = owed.obligation;
    if (dueAt !== null && dueAt < now) last.set(`${owed.kind} ${owed.entity}`, owed);
  }
  return [...last.values()];
}

/**
 * The days whose reports are due soon.
 * @param now an instant in milliseconds
 * @param withinMs how soon
 */
export const nearingDays = (tables: Tables, now: number, withinMs: number): OwedDay[] =>
  daysAround(tables, now).filter(
    ({ obligation: { dueAt } }) => dueAt !== null && dueAt >= now && dueAt - now <= withinMs,
  );

function daysAround(tables: Tables, now: number): OwedDay[] {
  const today = localDate(now, 'UTC');
  const first = today === null ? null : addDays(today, -LOOK_BACK_DAYS);
  return today === null || first === null ? [] : owedDays(tables, first, today);
}

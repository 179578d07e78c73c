/**
 * Our own legal entities: what each of them is under the rules, where it is, whose holidays and clocks count. An
 * entity changes: a row holds from a day to a day, and questions are asked for a date.
 */
import { readTable, type TableProblem, type TableRow } from '../csv/table.ts';
import type { Place } from './calendars/business-time.ts';
import type { HolidayCalendar } from './calendars/holiday-calendar.ts';
import { isTimeZone } from './calendars/zone.ts';
import { COUNTRIES } from './countries.ts';
import { isLei } from './identifiers.ts';
import { holdsOn, readCode, readOptionalBoolean, readPeriod, readText } from './table-values.ts';

/** Swap dealer, major swap participant, clearing organization, execution facility, contract market, none of them. */
export const ROLES = ['SD', 'MSP', 'DCO', 'SEF', 'DCM', 'OTHER'] as const;

export type Role = (typeof ROLES)[number];

export type OwnEntity = {
  readonly lei: string;
  readonly role: Role;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Id of the holiday calendar of its place. */
  readonly calendar: string;
  /** IANA name of the zone by whose clocks its business days end. */
  readonly zone: string;
  /** Null where the table does not say. */
  readonly financialEntity: boolean | null;
  readonly usPerson: boolean | null;
  /** First and last day of the row; null: until further notice. */
  readonly effectiveFrom: string;
  readonly effectiveTo: string | null;
};

export type EntityTable = { readonly rows: readonly OwnEntity[] };

/** Holiday calendars by id. */
export type Calendars = ReadonlyMap<string, HolidayCalendar>;

/** Our entity of this LEI on a date; null when it was not ours then. */
export function entityAt(table: EntityTable, lei: string, date: string): OwnEntity | null {
  return table.rows.find((row) => row.lei === lei && holdsOn(row, date)) ?? null;
}

/** All of our entities on a date. */
export const entitiesAt = (table: EntityTable, date: string): OwnEntity[] =>
  table.rows.filter((row) => holdsOn(row, date));

/** Whose holidays and clocks count for an entity; null when its calendar is not loaded. */
export function placeOf(entity: OwnEntity, calendars: Calendars): Place | null {
  const calendar = calendars.get(entity.calendar);
  return calendar === undefined ? null : { calendar, zone: entity.zone };
}

const REQUIRED = ['lei', 'role', 'country', 'calendar', 'zone', 'effectiveFrom'] as const;
const OPTIONAL = ['financialEntity', 'usPerson', 'effectiveTo'] as const;

type Field = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];

/**
 * Reads the table from the text of a CSV file with the columns lei, role, country, calendar, zone, effectiveFrom and, if
 * wanted, effectiveTo, financialEntity, usPerson. Two rows of one LEI may not hold on the same day.
 * @param calendars ids of the calendars that there are
 */
export function parseEntityTable(
  text: string,
  calendars: ReadonlySet<string>,
): { readonly table: EntityTable; readonly problems: readonly TableProblem[] } {
  const taken = new Map<string, OwnEntity[]>();
  const { rows, problems } = readTable<Field, OwnEntity>(
    text,
    { required: REQUIRED, optional: OPTIONAL },
    (row) => {
      const entity = readEntity(row, calendars);
      if (entity === null) return null;
      const others = taken.get(entity.lei) ?? [];
      if (others.some((other) => overlap(other, entity))) return row.fail('effectiveFrom', 'periods-overlap');
      taken.set(entity.lei, [...others, entity]);
      return entity;
    },
  );
  return { table: { rows }, problems };
}

function readEntity(row: TableRow<Field>, calendars: ReadonlySet<string>): OwnEntity | null {
  const lei = readText(row, 'lei');
  const role = readCode(row, 'role', ROLES);
  const country = readText(row, 'country');
  const calendar = readText(row, 'calendar');
  const zone = readText(row, 'zone');
  const period = readPeriod(row, 'effectiveFrom', 'effectiveTo');
  const financial = readOptionalBoolean(row, 'financialEntity');
  const usPerson = readOptionalBoolean(row, 'usPerson');
  if (lei !== null && !isLei(lei)) row.fail('lei', 'not-an-lei');
  if (country !== null && !COUNTRIES.has(country)) row.fail('country', 'value-not-allowed', 'ISO 3166-1');
  if (calendar !== null && !calendars.has(calendar)) {
    row.fail('calendar', 'calendar-unknown', [...calendars].join(', '));
  }
  if (zone !== null && !isTimeZone(zone)) row.fail('zone', 'not-a-time-zone', 'America/New_York');
  if (!lei || !role || !country || !calendar || !zone || !period || !financial || !usPerson) return null;
  return {
    lei,
    role,
    country,
    calendar,
    zone,
    financialEntity: financial.flag,
    usPerson: usPerson.flag,
    ...period,
  };
}

const overlap = (a: OwnEntity, b: OwnEntity): boolean =>
  (b.effectiveTo === null || a.effectiveFrom <= b.effectiveTo) &&
  (a.effectiveTo === null || b.effectiveFrom <= a.effectiveTo);

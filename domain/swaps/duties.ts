/** What our entities owe for a reported message, and whether it came in time. */
import { doWeReport, type WeReport } from '../cftc/do-we-report.ts';
import type { Calendars, EntityTable, OwnEntity } from '../cftc/entities.ts';
import { entityAt } from '../cftc/entities.ts';
import {
  dailyObligations,
  judgeTimeliness,
  obligationsOfEvent,
  type Obligation,
  type Timeliness,
} from '../cftc/obligations.ts';
import { ourParty, type ReportingEvent } from './reporting-event.ts';

/** How the record names the entity of ours: as the facility, as the one that reports (#13), as the other one (#14). */
export type Naming = 'facility' | 'reporting' | 'other' | 'none' | 'date-unknown';

/** What would have to be known and is in no record. */
export type DutyPremise = 'discovery' | 'whose-corporate-event';

export type Duty = {
  readonly obligation: Obligation;
  /** Held against #97; null when it is blank. */
  readonly timeliness: Timeliness | null;
};

export type Duties = {
  readonly named: Naming;
  /** Ours that owes: whom the record names, else whom the rule does; null when it is none of ours. */
  readonly entity: OwnEntity | null;
  /** Who reports by the rule, beside what the record says. Null when the day is not known. */
  readonly rule: WeReport | null;
  readonly owed: readonly Duty[];
  /** The message is owed by the facility that it was executed on, and that is not ours. */
  readonly byFacility: boolean;
  readonly missing: readonly DutyPremise[];
};

type Context = { readonly entities: EntityTable; readonly calendars: Calendars };

/**
 * The duties that a message answers. That the record names the reporting counterparty (#13) is believed, because it was
 * agreed on before anything was reported; the rule is told beside it.
 */
export function judgeDuties(reporting: ReportingEvent, { entities, calendars }: Context): Duties {
  const { event, parties, date, reportedAt } = reporting;
  const none = { entity: null, rule: null, owed: [], byFacility: false, missing: [] } as const;
  if (date === null) return { named: 'date-unknown', ...none };

  const facility = facilityOf(reporting, entities);
  const rule = doWeReport({ parties, facility: facility?.lei ?? null, date }, entities);
  const first = ourParty(reporting, 0, entities);
  const second = ourParty(reporting, 1, entities);
  const named = facility ? 'facility' : first ? 'reporting' : second ? 'other' : 'none';
  const entity = facility ?? first ?? (rule.answer === 'we' ? rule.entity : null);
  if (entity === null) return { ...none, named, rule };

  const owed = obligationsFor(reporting, entity, calendars).map((obligation) => ({
    obligation,
    timeliness: reportedAt === null ? null : judgeTimeliness(obligation, reportedAt),
  }));
  const byFacility = owed.length === 0 && event.action === 'NEWT' && event.onFacility === true;
  return { named, entity, rule, owed, byFacility, missing: missingFor(reporting, entity) };
}

/** A new swap is sent in by the facility itself, where that is ours. */
function facilityOf({ event, submitter, date }: ReportingEvent, table: EntityTable): OwnEntity | null {
  if (event.action !== 'NEWT' || event.onFacility === false || submitter === null || date === null)
    return null;
  const entity = entityAt(table, submitter, date);
  return entity?.role === 'SEF' || entity?.role === 'DCM' ? entity : null;
}

/** Valuations and margin are owed by the day: the message answers the duty of its day. */
function obligationsFor(
  { event, date, valuationDate }: ReportingEvent,
  entity: OwnEntity,
  calendars: Calendars,
): readonly Obligation[] {
  const daily = (kind: Obligation['kind'], day: string | null): Obligation[] =>
    day === null ? [] : dailyObligations(entity, day, calendars).filter((one) => one.kind === kind);
  if (event.action === 'VALU') return daily('valuation', valuationDate ?? date);
  if (event.action === 'MARU') return daily('collateral', date);
  return obligationsOfEvent(event, entity, calendars);
}

function missingFor({ event }: ReportingEvent, { role }: OwnEntity): DutyPremise[] {
  if (event.action === 'CORR' || event.action === 'EROR' || event.action === 'REVI') return ['discovery'];
  const isChange = event.action === 'MODI' || event.action === 'TERM';
  const hasChoice = role === 'SD' || role === 'MSP' || role === 'DCO';
  return isChange && hasChoice && event.event === 'CORP' ? ['whose-corporate-event'] : [];
}

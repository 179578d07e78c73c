/** Is it one of our entities that reports a swap, and which one? */
import { entityAt, type EntityTable, type OwnEntity } from './entities.ts';
import type { Basis } from './basis.ts';
import { reportingCounterparty, type Counterparty, type ReporterReason } from './reporting-counterparty.ts';

export type ReportingQuestion = {
  /** The counterparties as reported; of our own the table knows the rest. */
  readonly parties: readonly [Counterparty, Counterparty];
  /** LEI of the facility for a new swap that was executed there; null off-facility, for later events, or unknown. */
  readonly facility: string | null;
  /** The day of the execution, YYYY-MM-DD, in New York. */
  readonly date: string;
};

export type WeReport = Basis & {
  readonly answer: 'we' | 'not-we' | 'undetermined';
  /** Ours that reports. */
  readonly entity: OwnEntity | null;
  readonly reason: ReporterReason | 'facility' | 'none-is-ours' | 'both-are-ours';
};

const FACILITY: Basis = { citation: '17 CFR 45.3(a)', confidence: 'source' };
const TABLE: Basis = { citation: 'table of our own entities', confidence: 'source' };

/**
 * Do we report? A facility reports what was executed on it; else the counterparty that 17 CFR 45.8 names. Where that
 * is open and only one of the two is ours, so is the answer.
 */
export function doWeReport({ parties, facility, date }: ReportingQuestion, table: EntityTable): WeReport {
  if (facility !== null) {
    const entity = entityAt(table, facility, date);
    return { answer: entity === null ? 'not-we' : 'we', entity, reason: 'facility', ...FACILITY };
  }
  const ours = parties.map(({ lei }) => (lei === null ? null : entityAt(table, lei, date)));
  if (ours.every((entity) => entity === null)) {
    return { answer: 'not-we', entity: null, reason: 'none-is-ours', ...TABLE };
  }
  const known = parties.map((party, place) => complete(party, ours[place] ?? null)) as [
    Counterparty,
    Counterparty,
  ];
  const { place, reason, citation, confidence } = reportingCounterparty(known);
  if (place !== null) {
    const entity = ours[place] ?? null;
    return { answer: entity === null ? 'not-we' : 'we', entity, reason, citation, confidence };
  }
  // Whoever of the two it is, it is one of us.
  if (!ours.includes(null)) return { answer: 'we', entity: null, reason: 'both-are-ours', ...TABLE };
  return { answer: 'undetermined', entity: null, reason, citation, confidence };
}

const complete = (party: Counterparty, own: OwnEntity | null): Counterparty =>
  own === null
    ? party
    : {
        lei: own.lei,
        role: own.role,
        financialEntity: own.financialEntity ?? party.financialEntity,
        usPerson: own.usPerson ?? party.usPerson,
      };

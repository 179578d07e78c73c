/**
 * A small ledger for reports: two files, each the cut of one day, with messages made of their events. Days of March 2026;
 * the 16th is a Monday.
 */
import { applyInBatches } from '../../db/ledger-batches.ts';
import { BUILT_IN_TABLES } from '../../domain/cftc/built-in-tables.ts';
import { leiCheckDigits } from '../../domain/cftc/identifiers.ts';
import { messageOfAction } from '../../domain/cftc/scopes.ts';
import { sourceName, type EventSource } from '../../domain/swaps/event-source.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import type { Sql } from '../../platform/postgres.ts';
import { fileSource, sourced } from './ledger.ts';

const lei = (first18: string): string => first18 + leiCheckDigits(first18);

/** A dealer of ours. */
export const OURS = BUILT_IN_TABLES.entities.rows[0]!.lei;
export const CLIENT = lei('549300REPORTCLIENT');
export const OTHER = lei('549300OTHERREPORTS');
export const SUBMITTER = lei('549300SUBMITTERLEI');
export const FIRST_DAY = '2026-03-16';
export const SECOND_DAY = '2026-03-17';

export const swapOf = (name: string): string => `${OURS}T${name}`;

const IRS = {
  assetClass: 'IR',
  'upi.instrumentType': 'Swap',
  cleared: 'N',
  platformIdentifier: 'XOFF',
  counterparty1ReportingCounterparty: OURS,
  counterparty2: CLIENT,
  executionTimestamp: '2026-03-16T14:00:00Z',
  effectiveDate: '2026-03-18',
  primeBrokerageTransactionIndicator: 'False',
};

const message = (
  kind: string,
  name: string,
  at: string,
  reported: string,
  values: RecordValues = {},
): RecordValues => {
  const [actionType = '', eventType] = kind.split('-');
  return {
    actionType,
    ...(eventType && { eventType }),
    uniqueTransactionIdentifierUti: swapOf(name),
    eventTimestamp: at,
    reportingTimestamp: reported,
    ...values,
  };
};

const PORTFOLIO = {
  initialMarginCollateralPortfolioCode: 'IM1',
  variationMarginCollateralPortfolioCode: 'VM1',
};
const A_TERMS = {
  ...IRS,
  ...PORTFOLIO,
  notionalAmountLeg1: '123456789.5',
  notionalCurrencyLeg1: 'USD',
  expirationDate: '2031-03-16',
};
const B_TERMS = {
  ...IRS,
  assetClass: 'FX',
  notionalAmountLeg1: '12345678901234567890.00001',
  notionalCurrencyLeg1: 'EUR',
  notionalAmountLeg2: '7.00002',
  notionalCurrencyLeg2: 'USD',
  expirationDate: '2026-03-17',
};
const A_BEGINS = message('NEWT-TRAD', 'A', '2026-03-16T14:00:00Z', '2026-03-16T15:00:00Z', A_TERMS);

/** Known at the cut of the 16th: three swaps, a valuation, margin, and a repeat. */
export const FIRST: readonly RecordValues[] = [
  A_BEGINS,
  message('NEWT-TRAD', 'B', '2026-03-16T14:30:00Z', '2026-03-16T15:00:00Z', B_TERMS),
  message('NEWT-TRAD', 'C', '2026-03-16T14:40:00Z', '2026-03-16T15:00:00Z', {
    ...A_TERMS,
    counterparty1ReportingCounterparty: OTHER,
    counterparty2: OURS,
    notionalAmountLeg1: '99999999999999999999.99998',
  }),
  {
    ...message('VALU', 'A', '', '2026-03-16T22:00:00Z', {
      counterparty1ReportingCounterparty: OURS,
      valuationAmount: '-12345.67',
      valuationCurrency: 'USD',
      valuationTimestamp: FIRST_DAY,
    }),
    eventTimestamp: '',
  },
  {
    actionType: 'MARU',
    counterparty1ReportingCounterparty: OURS,
    ...PORTFOLIO,
    eventTimestamp: `${FIRST_DAY}T00:00:00Z`,
    reportingTimestamp: '2026-03-16T22:00:00Z',
  },
  A_BEGINS,
];

/** Known at the cut of the 17th: the end of A, which happened on the 16th; a change of B; one that waits. */
export const SECOND: readonly RecordValues[] = [
  message('TERM-ETRM', 'A', '2026-03-16T20:00:00Z', '2026-03-17T13:00:00Z', {
    counterparty1ReportingCounterparty: OURS,
  }),
  message('MODI-TRAD', 'B', '2026-03-17T14:00:00Z', '2026-03-17T15:00:00Z', {
    ...B_TERMS,
    notionalAmountLeg1: '5',
    amendmentIndicator: 'True',
  }),
  message('MODI-TRAD', 'Z', '2026-03-17T14:00:00Z', '2026-03-17T15:00:00Z', B_TERMS),
];

export type ReportLedger = { readonly first: EventSource; readonly second: EventSource };

/** Applies both files, cuts each for its day, and makes the messages of those that we report. */
export async function tellReportLedger(sql: Sql): Promise<ReportLedger> {
  const [first, second] = [fileSource('a', 1), fileSource('b', 2)];
  await applyDay(sql, FIRST_DAY, first, FIRST);
  await applyDay(sql, SECOND_DAY, second, SECOND);
  return { first, second };
}

async function applyDay(
  sql: Sql,
  day: string,
  source: EventSource,
  records: readonly RecordValues[],
): Promise<void> {
  const events = records.map((values, at) => sourced(values, source, at + 1));
  await applyInBatches(sql, events, source);
  await enterDay(sql, day, source);
  let ordinal = 0;
  for (const { event, position } of events) {
    if (event.values['counterparty1ReportingCounterparty'] !== OURS || position === 6) continue;
    if (event.subject.key === swapOf('Z')) continue;
    ordinal += 1;
    await enterMessage(sql, day, source, {
      position,
      id: `45-${day.slice(8)}${String(position).padStart(22, '0')}`,
      kind: messageOfAction(event.action),
      subject: event.subject,
      action: event.action,
      ordinal,
    });
  }
}

/** A day that took all of a file. */
export async function enterDay(sql: Sql, day: string, source: EventSource): Promise<void> {
  const cutAt = new Date(`${day}T23:00:00Z`);
  await sql`insert into cftc_day (business_date, state, opened_by) values (${day}, 'delivering', 'tester')`;
  await sql`
    insert into cftc_day_version (business_date, version, cut_at, cut_by, submitter, rule_set_version, register_version,
      catalogue_hash, messages_cut)
    values (${day}, 1, ${cutAt}, 'tester', ${SUBMITTER}, 'v', 'v', 'h', true)`;
  if (source.kind === 'file')
    await sql`
      insert into cftc_cut_file (file_id, revision, business_date, since_version)
      values (${source.fileId}, ${source.revision}, ${day}, 1)`;
}

export type TestMessage = {
  readonly position: number;
  readonly id: string;
  readonly kind: string;
  readonly subject: { readonly key: string; readonly kind: string };
  readonly action: string;
  readonly ordinal: number;
};

/** A message of the day, cut at 23:00 and due a day later, that is to be sent. */
export async function enterMessage(
  sql: Sql,
  day: string,
  source: EventSource,
  { position, id, kind, subject, action, ordinal }: TestMessage,
): Promise<void> {
  const assetClass = kind === 'transaction' ? (subject.key === swapOf('A') ? 'IR' : 'FX') : null;
  const cutAt = new Date(`${day}T23:00:00Z`);
  const dueAt = new Date(cutAt.getTime() + 24 * 3600 * 1000);
  await sql`
    insert into outbound_message (message_id, part, kind, asset_class, source_id, position, subject_key, subject_kind,
      action, business_date, day_version, ordinal, submitter, reported_at, due_at, obligation)
    select ${id}, 45, ${kind}, ${assetClass}, source_id, ${position}, ${subject.key}, ${subject.kind}, ${action}, ${day},
      1, ${ordinal}, ${SUBMITTER}, ${cutAt}, ${dueAt}, 'creation'
    from ledger_source where name = ${sourceName(source)}`;
}

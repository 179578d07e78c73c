/** The life of a swap that a file and a feed told, in the ledger, with the rows that its events came from. */
import { applyInBatches } from '../../db/ledger-batches.ts';
import { fileIdOf } from '../../db/file-audit.ts';
import { headerOf, type FileRow } from '../../db/files.ts';
import { listRecords } from '../../db/records.ts';
import type { EventSource } from '../../domain/swaps/event-source.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { readRecordValues, readStoredHeader } from '../../domain/swaps/values.ts';
import type { Sql } from '../../platform/postgres.ts';
import type { useDataDir } from './files.ts';
import { feedSource, sourced } from './ledger.ts';
import { publishDropped } from './published.ts';
import { message, REPORTER, uti } from './swap-events.ts';

export const SWAP = uti('LIFE');
/** Key of a portfolio: counterparty 1 and its codes. */
export const PORTFOLIO = `${REPORTER}/P 1/P2`;

const COLUMNS = [
  'actionType',
  'eventType',
  'uniqueTransactionIdentifierUti',
  'eventTimestamp',
  'reportingTimestamp',
  'executionTimestamp',
  'notionalAmountLeg1',
  'notionalCurrencyLeg1',
  'expirationDate',
  'amendmentIndicator',
] as const;

const at = (day: number): string => `2026-03-${String(day).padStart(2, '0')}T12:00:00Z`;
const TERMS = [at(2), '1000', 'USD', '2026-06-30'];

/** NEWT, the same again, and a change that was reported a week after it happened. */
const ROWS = [
  ['NEWT', 'TRAD', SWAP, at(2), at(2), ...TERMS, ''],
  ['NEWT', 'TRAD', SWAP, at(2), at(2), ...TERMS, ''],
  ['MODI', 'TRAD', SWAP, at(3), at(10), at(2), '900', 'USD', '2026-06-30', 'True'],
];

export type SwapLife = { readonly file: FileRow; readonly fileId: string; readonly lines: readonly string[] };

/**
 * Fills the ledger: a file with a swap's beginning, its duplicate and a change; then its end on a feed, and behind it a
 * second end that it cannot have; margin of a portfolio; and `others`, swaps that only begin.
 */
export async function tellSwapLife(
  sql: Sql,
  data: ReturnType<typeof useDataDir>,
  others: readonly string[] = [],
): Promise<SwapLife> {
  const more = others.map((name) => ['NEWT', 'TRAD', uti(name), at(2), '', ...TERMS, '']);
  const lines = [[...COLUMNS], ...ROWS, ...more].map((cells) => `${cells.join(',')}\n`);
  const { file } = await publishDropped(sql, data, 'life.csv', lines.join(''));
  const fileId = fileIdOf(file);
  const fromFile: EventSource = { kind: 'file', name: fileId, fileId: file.file_id, revision: 1 };
  const layout = readStoredHeader(headerOf(file));
  const records = await listRecords(sql, file.file_id, { after: 0, limit: 1000 });
  await applyInBatches(
    sql,
    records.map(({ record_no, raw }) => sourced(readRecordValues(raw!, layout)!, fromFile, record_no)),
    fromFile,
  );
  await tellFeed(sql, [
    message('TERM-ETRM', 'LIFE', '2026-03-15T12:00:00'),
    message('TERM-ETRM', 'LIFE', '2026-03-16T12:00:00'),
    {
      actionType: 'MARU',
      counterparty1ReportingCounterparty: REPORTER,
      initialMarginCollateralPortfolioCode: 'P 1',
      variationMarginCollateralPortfolioCode: 'P2',
      eventTimestamp: '2026-03-16T00:00:00Z',
    },
  ]);
  return { file, fileId, lines };
}

async function tellFeed(sql: Sql, messages: readonly RecordValues[]): Promise<void> {
  const [basis] = await sql<{ id: number }[]>`
    insert into feed_basis (rule_set_version, register_version, submitted_on) values ('v', 'v', '2026-03-16')
    returning basis_id as id`;
  for (const [index, values] of messages.entries()) {
    await sql`
      insert into feed_journal (feed, session, sequence, received_at, raw, verdict, basis_id)
      values ('desk', 'DAY1', ${index + 1}, '2026-03-16T12:00:01Z', ${Buffer.from(JSON.stringify(values))},
        'accepted', ${basis!.id})`;
  }
  const source = feedSource('DAY1');
  const events = messages.map((values, index) => sourced(values, source, index + 1));
  await applyInBatches(sql, events, source);
}

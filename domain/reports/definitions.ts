/** One definition per kind of report: what it asks for, its columns, its order, and who may see it. */
import type { ReportFilter, ReportKind } from '../../contracts/on-demand-report.ts';
import type { Role } from '../../contracts/policy.ts';
import { MISSING_COLLATERAL_COLUMNS, MISSING_VALUATION_COLUMNS } from './missing-reports.ts';
import { COUNT_COLUMNS, OPEN_SWAP_COLUMNS } from './open-swaps.ts';
import { ACTIVITY_COLUMNS, LATE_COLUMNS, messageColumns, REJECTION_COLUMNS } from './period-columns.ts';
import { PUBLIC_PREVIEW_COLUMNS } from './public-preview.ts';

export type ReportDefinition = {
  /** A period asks for `from` and `to`, a state for `asOf`. */
  readonly takes: 'period' | 'state';
  /** What the days of the period, or of the state, are. */
  readonly days: string;
  /** Can it be made as it was known at the cut of a day? */
  readonly takesKnownAt: boolean;
  readonly filters: Readonly<Partial<Record<ReportFilter, 'optional' | 'required'>>>;
  readonly roles: readonly Role[];
  /** The total order of the rows; texts by the bytes of their UTF-8. */
  readonly order: string;
  readonly columns: readonly string[];
  /** Columns that hold whole numbers of ours, never elements. */
  readonly counts: readonly string[];
};

const EVERYBODY: readonly Role[] = ['admin', 'operator', 'user', 'viewer', 'service'];
/** Raw values of what was refused, and messages as they leave: as for their downloads. */
const WITH_RAW: readonly Role[] = ['admin', 'operator', 'user', 'service'];

const messages = (kind: Parameters<typeof messageColumns>[0]): ReportDefinition => ({
  takes: 'period',
  days: 'business dates of the messages',
  takesKnownAt: false,
  filters: kind === 'collateral' ? { state: 'optional' } : { state: 'optional', assetClass: 'optional' },
  roles: WITH_RAW,
  order: 'business date, asset class (none last), swap or portfolio, place within it',
  columns: messageColumns(kind),
  counts: [],
});

const state = (
  columns: readonly string[],
  filters: ReportDefinition['filters'],
  order: string,
  counts: readonly string[] = [],
): ReportDefinition => ({
  takes: 'state',
  days: 'the end of a day in New York, by what had happened until then',
  takesKnownAt: true,
  filters,
  roles: EVERYBODY,
  order,
  columns,
  counts,
});

export const REPORTS: Readonly<Record<ReportKind, ReportDefinition>> = {
  'part45-transaction': messages('transaction'),
  'part45-valuation': messages('valuation'),
  'part45-collateral': messages('collateral'),
  'open-swaps': state(OPEN_SWAP_COLUMNS, { assetClass: 'optional', counterparty: 'optional' }, 'swap'),
  activity: {
    takes: 'period',
    days: 'days in UTC on which events were reported (#97), or happened where they do not say (#30)',
    takesKnownAt: true,
    filters: { outcome: 'optional', counterparty: 'optional' },
    roles: EVERYBODY,
    order: 'swap or portfolio, then the order in which its events count',
    columns: ACTIVITY_COLUMNS,
    counts: [],
  },
  rejections: {
    takes: 'period',
    days: 'folder dates of files, dates of submission on feeds',
    takesKnownAt: false,
    filters: {},
    roles: WITH_RAW,
    order: 'files by date and hash, then feeds by name and session; record, then issue as found',
    columns: REJECTION_COLUMNS,
    counts: ['record', 'line'],
  },
  late: {
    takes: 'period',
    days: 'days in New York on which messages were due',
    takesKnownAt: false,
    filters: { state: 'optional' },
    roles: EVERYBODY,
    order: 'due time, id of the message',
    columns: LATE_COLUMNS,
    counts: ['lateSeconds'],
  },
  'missing-valuations': state(
    MISSING_VALUATION_COLUMNS,
    { assetClass: 'optional', counterparty: 'optional' },
    'swap',
  ),
  'missing-collateral': state(MISSING_COLLATERAL_COLUMNS, {}, 'portfolio or swap', ['openSwaps']),
  counts: state(COUNT_COLUMNS, { counterparty: 'optional' }, 'asset class, leg, currency', [
    'swaps',
    'withoutNotional',
  ]),
  verification: state(OPEN_SWAP_COLUMNS, { counterparty: 'required' }, 'swap'),
  'public-preview': {
    takes: 'period',
    days: 'days in UTC on which events were reported (#97), or happened where they do not say (#30)',
    takesKnownAt: true,
    filters: { assetClass: 'optional' },
    roles: EVERYBODY,
    order: 'swap, then the order in which its events count',
    columns: PUBLIC_PREVIEW_COLUMNS,
    counts: [],
  },
};

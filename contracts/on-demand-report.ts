/** Reports that somebody asks for: what there is, what is asked, and how far it is. Free of zod: the workflow imports it. */
import type { Role } from './policy.ts';

export const REPORT_KINDS = [
  'part45-transaction',
  'part45-valuation',
  'part45-collateral',
  'open-swaps',
  'activity',
  'rejections',
  'late',
  'missing-valuations',
  'missing-collateral',
  'counts',
  'verification',
  'public-preview',
] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

export const REPORT_FORMATS = ['csv', 'parquet'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** What a report can be narrowed down by; which of them a kind takes stands in its definition. */
export const REPORT_FILTERS = ['assetClass', 'counterparty', 'outcome', 'state'] as const;
export type ReportFilter = (typeof REPORT_FILTERS)[number];

/**
 * `waiting` for its turn, `writing`, `ready` to be fetched; `failed` with a reason; `cancelled` by somebody; `expired`
 * when its file is gone again. The last three can be asked for anew.
 */
export const REPORT_STATES = ['waiting', 'writing', 'ready', 'failed', 'cancelled', 'expired'] as const;
export type ReportState = (typeof REPORT_STATES)[number];

/** What is asked for, as it was checked against the definition of its kind: what does not apply is null. */
export type ReportOrder = {
  readonly kind: ReportKind;
  readonly format: ReportFormat;
  /** First and last day of a period, YYYY-MM-DD. */
  readonly from: string | null;
  readonly to: string | null;
  /** The day that a state is of, YYYY-MM-DD. */
  readonly asOf: string | null;
  /** The business date of the last day whose cut counts; null: all that is known. */
  readonly knownAt: string | null;
  readonly filters: Readonly<Partial<Record<ReportFilter, string>>>;
};

export type OnDemandReportInput = { readonly reportId: string };

/** What an update hands to the workflow: it is entered before the asker is answered. */
export type AcceptedOrder = {
  readonly reportId: string;
  /** Hash of the order and its owner alone, the same whatever is known. */
  readonly requestHash: string;
  /** How often the report has been asked for anew, from 1. */
  readonly attempt: number;
  readonly order: ReportOrder;
  readonly owner: string;
  readonly role: Role;
};

/** Name of the update that hands the order over. */
export const ACCEPT_REPORT = 'accept';

/** What the workflow tells of a report: its progress is in its row. */
export type OnDemandReportProgress = {
  readonly state: ReportState;
  readonly rows: number | null;
};

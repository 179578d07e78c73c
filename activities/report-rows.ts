/** The rows of a report of each kind, in batches: what db reads, under the columns that the domain defines. */
import type { Sql } from 'postgres';
import type { ReportKind, ReportOrder } from '../contracts/on-demand-report.ts';
import type { Tables } from '../domain/cftc/built-in-tables.ts';
import { formatInstant } from '../domain/cftc/calendars/zone.ts';
import type { Registers } from '../domain/cftc/registers.ts';
import { hadHappened } from '../domain/reports/events-of-day.ts';
import type { MessageKind } from '../domain/reports/message-columns.ts';
import {
  createDailyDuties,
  createMargined,
  missingCollateralRow,
  missingValuationRow,
} from '../domain/reports/missing-reports.ts';
import { createSwapCounts, isPartyOf, openSwapRow, type SwapOnDay } from '../domain/reports/open-swaps.ts';
import { activityRow, lateRow, messageRow, rejectionRows } from '../domain/reports/period-columns.ts';
import { publicPreviewRow } from '../domain/reports/public-preview.ts';
import { sentRecord } from '../domain/reports/sent-record.ts';
import { foldPortfolio } from '../domain/swaps/fold-portfolio.ts';
import { createRecordPreview } from '../domain/swaps/preview-record.ts';
import { singleValue } from '../domain/swaps/record-content.ts';
import { readRecord } from '../domain/swaps/record-text.ts';
import { storableKey } from '../db/ledger-subjects.ts';
import { countSubjects, readEvents, type EventRow } from '../db/report-events.ts';
import { countMessages, readLateMessages, readMessages } from '../db/report-messages.ts';
import { countRejectedRecords, readRejectedRecords } from '../db/report-rejections.ts';
import { countSwaps, readKnownEvents } from '../db/report-swaps.ts';
import { readOpenSwaps } from './report-swaps.ts';

export type ReportSources = { readonly sql: Sql; readonly tables: Tables; readonly registers: Registers };

export type ReportBatch = {
  readonly rows: readonly (readonly string[])[];
  /** What this batch is done with of the total. */
  readonly looked: number;
};

export type ReportReading = {
  /** Null where it would take as long as the report. */
  readonly total: () => Promise<number | null>;
  readonly batches: AsyncIterable<ReportBatch>;
};

type Reader = (sources: ReportSources, order: ReportOrder, askedAt: Date) => ReportReading;

/**
 * Reads a report. Nothing of it depends on the time, on how often it is read, or on the size of a batch, but what is late:
 * that is judged as of the moment it was asked for.
 * @param order as `checkOrder` lets it through
 */
export const readReport = (sources: ReportSources, order: ReportOrder, askedAt: Date): ReportReading =>
  READERS[order.kind](sources, order, askedAt);

const period = ({ from, to }: ReportOrder) => ({ from: from!, to: to! });
const moment = ({ asOf, knownAt }: ReportOrder) => ({ asOf: asOf!, knownAt });
const instant = (at: Date | null): string | null => at && formatInstant(at.getTime());

const ofMessages =
  (kind: MessageKind): Reader =>
  ({ sql }, order) => {
    const { assetClass = null, state = null } = order.filters;
    const selection = { kind, ...period(order), assetClass, state };
    return {
      total: () => countMessages(sql, selection),
      batches: batchesOf(readMessages(sql, selection), (page) => ({
        looked: page.length,
        rows: page.map(({ text, submitter, reportedAt, ...facts }) => {
          const sent = { submitter, reportedAt: formatInstant(reportedAt.getTime()) };
          return messageRow(kind, facts, sentRecord(readRecord(text), sent));
        }),
      })),
    };
  };

/** A report with a row per open swap, or none. */
const perSwap =
  (rowOf: (swap: SwapOnDay, day: string, sources: ReportSources) => string[] | null): Reader =>
  (sources, order) => {
    const { sql, registers } = sources;
    const day = order.asOf!;
    return {
      total: () => countSwaps(sql),
      batches: batchesOf(readOpenSwaps(sql, registers, moment(order)), ({ swaps, looked }) => ({
        looked,
        rows: swaps.flatMap((swap) => {
          const row = isWanted(swap, order) ? rowOf(swap, day, sources) : null;
          return row === null ? [] : [row];
        }),
      })),
    };
  };

function isWanted(swap: SwapOnDay, { filters: { assetClass, counterparty } }: ReportOrder): boolean {
  if (assetClass !== undefined && swap.assetClass !== assetClass) return false;
  return counterparty === undefined || isPartyOf(swap, counterparty);
}

const ofEvents =
  (
    outcomeOf: (order: ReportOrder) => string | null,
    createRow: (sources: ReportSources, order: ReportOrder) => (event: EventRow) => string[] | null,
  ): Reader =>
  (sources, order) => {
    const { sql } = sources;
    const selection = { ...period(order), knownAt: order.knownAt, outcome: outcomeOf(order) };
    const rowOf = createRow(sources, order);
    return {
      total: () => countSubjects(sql),
      batches: batchesOf(readEvents(sql, selection), ({ rows, looked }) => ({
        looked,
        rows: rows.map(rowOf).filter((row) => row !== null),
      })),
    };
  };

const READERS: Readonly<Record<ReportKind, Reader>> = {
  'part45-transaction': ofMessages('transaction'),
  'part45-valuation': ofMessages('valuation'),
  'part45-collateral': ofMessages('collateral'),
  'open-swaps': perSwap(openSwapRow),
  verification: perSwap(openSwapRow),
  'missing-valuations': (sources, order, askedAt) => {
    const duties = createDailyDuties(order.asOf!, sources.tables);
    return perSwap((swap, day) => missingValuationRow(swap, day, duties))(sources, order, askedAt);
  },
  'missing-collateral': ({ sql, registers, tables }, order) => ({
    total: () => countSwaps(sql),
    batches: missingCollateral({ sql, registers, tables }, order),
  }),
  counts: ({ sql, registers }, order) => ({
    total: () => countSwaps(sql),
    batches: countSwapsOf({ sql, registers }, order),
  }),
  activity: ofEvents(
    ({ filters }) => filters.outcome ?? null,
    (_sources, { filters: { counterparty } }) =>
      ({ text, ...event }) => {
        const values = readRecord(text);
        const parties = ['counterparty1ReportingCounterparty', 'counterparty2'].map((slot) =>
          singleValue(values, slot),
        );
        if (counterparty !== undefined && !parties.includes(counterparty)) return null;
        return activityRow({ ...event, values });
      },
  ),
  'public-preview': ofEvents(
    () => 'applied',
    ({ tables, registers }, { filters: { assetClass } }) => {
      const previewOf = createRecordPreview(tables, registers);
      return ({ kind, text }) => {
        if (kind !== 'swap') return null;
        const values = readRecord(text);
        const preview = previewOf(values);
        if (assetClass !== undefined && preview.event.assetClass !== assetClass) return null;
        return publicPreviewRow(preview, values);
      };
    },
  ),
  rejections: ({ sql }, order) => ({
    total: () => countRejectedRecords(sql, period(order)),
    batches: batchesOf(readRejectedRecords(sql, period(order)), (page) => ({
      looked: page.length,
      rows: page.flatMap(rejectionRows),
    })),
  }),
  late: ({ sql }, order, askedAt) => ({
    total: async () => null,
    batches: batchesOf(
      readLateMessages(sql, { ...period(order), state: order.filters.state ?? null, until: askedAt }),
      (page) => ({
        looked: page.length,
        rows: page.map(({ dueAt, sentAt, answeredAt, ...message }) => {
          const isAnswered = message.state === 'acknowledged' && answeredAt !== null;
          const lateMs = isAnswered ? answeredAt.getTime() - dueAt.getTime() : null;
          return lateRow({
            ...message,
            dueAt: formatInstant(dueAt.getTime()),
            sentAt: instant(sentAt),
            answeredAt: instant(answeredAt),
            lateSeconds: lateMs && Math.ceil(lateMs / 1000),
          });
        }),
      }),
    ),
  }),
};

async function* batchesOf<Page>(
  pages: AsyncIterable<Page>,
  toBatch: (page: Page) => ReportBatch,
): AsyncGenerator<ReportBatch> {
  for await (const page of pages) yield toBatch(page);
}

async function* countSwapsOf(
  { sql, registers }: Omit<ReportSources, 'tables'>,
  order: ReportOrder,
): AsyncGenerator<ReportBatch> {
  const counts = createSwapCounts(order.asOf!);
  for await (const { swaps, looked } of readOpenSwaps(sql, registers, moment(order))) {
    for (const swap of swaps) if (isWanted(swap, order)) counts.add(swap);
    yield { rows: [], looked };
  }
  yield { rows: counts.rows(), looked: 0 };
}

/** Portfolios whose events are read at once: each may have one for every day of ten years. */
const PORTFOLIOS_AT_ONCE = 20;

async function* missingCollateral(
  { sql, registers, tables }: ReportSources,
  order: ReportOrder,
): AsyncGenerator<ReportBatch> {
  const day = order.asOf!;
  const margined = createMargined(createDailyDuties(day, tables));
  for await (const { swaps, looked } of readOpenSwaps(sql, registers, moment(order))) {
    for (const swap of swaps) margined.add(swap);
    yield { rows: [], looked };
  }
  const all = margined.all();
  for (let at = 0; at < all.length; at += PORTFOLIOS_AT_ONCE) {
    const some = all.slice(at, at + PORTFOLIOS_AT_ONCE);
    const keys = some.filter(({ kind }) => kind === 'portfolio').map(({ key }) => storableKey(key));
    const events = await readKnownEvents(sql, 'portfolio', keys, order.knownAt);
    const rows = some.map((one) => {
      if (one.kind === 'swap') return missingCollateralRow(one, one.margin, day);
      const own = (events.get(storableKey(one.key)) ?? []).filter((event) => hadHappened(event, day));
      return missingCollateralRow(one, foldPortfolio(own, null).margin, day);
    });
    yield { rows: rows.filter((row) => row !== null), looked: 0 };
  }
}

/** Swaps and portfolios of the ledger on the wire. */
import { z } from 'zod';
import { IssueView, SearchText } from './files.schema.ts';

const Kind = z.enum(['swap', 'portfolio']);

const StoredStatus = z.enum(['none', 'open', 'terminated', 'errored', 'transferred-out']);

const Status = z
  .enum(['none', 'open', 'matured', 'terminated', 'errored', 'transferred-out'])
  .describe('An open swap is matured once its expiration date (#95) has passed: no message says so.');

/** A day, or an instant in UTC to the second, as messages write them. */
const AsOf = z.union([z.iso.date(), z.iso.datetime({ precision: 0 })], {
  error: 'is neither a date like 2026-11-21 nor a time in UTC like 2026-11-21T09:30:00Z',
});

const Values = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

const SwapSummary = z
  .object({
    key: z.string().describe('UTI, else USI; of a portfolio, counterparty 1 and its two codes.'),
    kind: Kind,
    status: StoredStatus.nullable().describe('By messages alone; null for a portfolio, which has none.'),
    statusToday: Status.nullable().describe('On the present day in the configured zone.'),
    product: z.string().nullable().describe('Unique product identifier (#87).'),
    expirationDate: z.string().nullable(),
    lastEventAt: z
      .string()
      .nullable()
      .describe('Reporting timestamp of the last event in order, else its event timestamp.'),
    revision: z.int().describe('How often it changed.'),
  })
  .meta({ id: 'SwapSummary' });

export const SwapQuery = z.strictObject({
  status: StoredStatus.optional().describe('By messages: a swap that matured is open by them.'),
  kind: Kind.optional(),
  prefix: z
    .string()
    .regex(/^[\x20-\x7e]{1,200}$/, 'is no beginning of a key')
    .optional()
    .describe('Only keys that begin with this.'),
  since: AsOf.optional().describe(
    'Only those whose last event was reported, or happened where it says no more, at this time or later. ' +
      'A page may then be short, or empty, though more follow: go on while `next` is not null.',
  ),
  cursor: z
    .string()
    .regex(/^(swap|portfolio)\/[\x20-\x7e]{1,200}$/, 'is no cursor of this list')
    .optional()
    .describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const SwapPage = z
  .object({
    swaps: z.array(SwapSummary),
    next: z.string().nullable().describe('Cursor of the next page; null on the last.'),
  })
  .meta({ id: 'SwapPage' });

export type SwapPage = z.infer<typeof SwapPage>;

export const SwapParams = z.object({
  uti: SearchText.describe('The key, percent-encoded: UTI, else USI; or the key of a portfolio.'),
});

export const SwapViewQuery = z.strictObject({
  kind: Kind.optional().describe('Absent: the swap of this key, or else the portfolio.'),
  asOf: AsOf.optional().describe(
    'As it was reported until then: by the events whose reporting timestamp, else event timestamp, is not later. ' +
      'A date means all of its day in UTC.',
  ),
  after: SearchText.optional().describe('`next` of the page of history before.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export const EventSourceView = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    file: z.string().describe('Id of the file.'),
    revision: z.int(),
    name: z.string().nullable().describe('Null, like what follows, when the file was taken out.'),
    record: z.int().describe('Number in the file, from 1.'),
    line: z.int().nullable(),
    byteOffset: z.int().nullable(),
    byteLength: z.int().nullable(),
  }),
  z.object({
    kind: z.literal('feed'),
    feed: z.string(),
    session: z.string(),
    sequence: z.int(),
    receivedAt: z.string().nullable(),
  }),
]);

const SwapEventView = z
  .object({
    place: z.string().describe('File and record, or feed@session and sequence: what issues name.'),
    action: z.string(),
    event: z.string().nullable(),
    amendment: z.boolean().nullable(),
    executionTimestamp: z.string().nullable(),
    eventTimestamp: z.string().nullable(),
    reportingTimestamp: z.string().nullable(),
    outcome: z.enum(['applied', 'duplicate', 'conflict', 'pending', 'violated']),
    revision: z
      .int()
      .describe('How often the ledger has judged it; above 1, a late event changed its outcome.'),
    acceptedAt: z.string().describe('When the ledger took it.'),
    issues: z.array(IssueView),
    source: EventSourceView,
  })
  .meta({ id: 'SwapEvent' });

export type SwapEventView = z.infer<typeof SwapEventView>;

const DailyReport = z.object({
  asOf: z.string().describe('When the value held; blank when that was not reported.'),
  values: Values,
  place: z.string(),
});

export const SwapView = z
  .object({
    key: z.string(),
    kind: Kind,
    asOf: z.string().nullable().describe('As asked for; null: now.'),
    status: z
      .object({
        byMessages: StoredStatus,
        date: z.string().describe('The day, or time, that `onDate` is for.'),
        onDate: Status,
      })
      .nullable()
      .describe('Null for a portfolio.'),
    terms: Values.describe('By element key, in canonical form.'),
    executionTimestamp: z.string().nullable(),
    links: z
      .object({
        prior: z.array(z.string()),
        clearedInto: z.array(z.string()),
        original: z.array(z.string()),
        originalRepository: z.string().nullable(),
        clearingReceipt: z.string().nullable(),
        eventIdentifier: z.string().nullable(),
        newRepository: z.string().nullable(),
        initialMarginPortfolio: z.string().nullable(),
        variationMarginPortfolio: z.string().nullable(),
      })
      .nullable()
      .describe('Swaps, events and portfolios that it is bound to; null for a portfolio.'),
    valuation: DailyReport.nullable().describe('The latest.'),
    margin: DailyReport.nullable().describe('The latest.'),
    events: z.object({
      total: z.int().describe('Of the swap, up to `asOf`.'),
      later: z.int().describe('Left out: reported after `asOf`, or without any time.'),
      applied: z.int(),
      duplicate: z.int(),
      conflict: z.int(),
      pending: z.int(),
      violated: z.int(),
    }),
    history: z.array(SwapEventView).describe('In the order in which the events count.'),
    next: z.string().nullable().describe('`after` of the next page of history; null on the last.'),
  })
  .meta({ id: 'Swap' });

export type SwapView = z.infer<typeof SwapView>;

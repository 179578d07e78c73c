import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BREAK_KINDS, type Break, type BreakKind } from '../../../contracts/reconciliation.ts';
import { generateDay } from '../../../demo/day.ts';
import { splitFields } from '../../../domain/csv/fields.ts';
import { setCells, type Cells } from '../../../demo/columns.ts';
import { createComparison } from '../../../domain/reconcile/compare-swap.ts';
import { foldAcknowledged, knownSwap, type KnownSwap } from '../../../domain/reconcile/known-swap.ts';
import { reconcile, type Aside } from '../../../domain/reconcile/reconcile.ts';
import { readReportedSwap, type ReportedSwap } from '../../../domain/reconcile/reported-swap.ts';
import { foldSwap } from '../../../domain/swaps/fold-swap.ts';
import { recogniseHeader, type Layout } from '../../../domain/swaps/header.ts';
import type { SwapEvent } from '../../../domain/swaps/swap-event.ts';
import { readRecordValues } from '../../../domain/swaps/values.ts';
import { reportCsv, reportRow, type ReportRow } from '../../support/open-swaps-report.ts';
import { eventOf, hashContent, message, TERMS, uti } from '../../support/swap-events.ts';
import { readDemoHeader } from '../demo/read-back.ts';

const DATE = '2026-11-20';
const { layout } = readDemoHeader();

/** The swaps of a generated day: what the ledger knows of each, and the line that a repository would report. */
const swaps = makeSwaps();
const open = swaps.filter(({ known }) => known.status === 'open');
const closed = swaps.filter(({ known }) => known.status === 'terminated');
const errored = swaps.filter(({ known }) => known.status === 'errored');

type Made = { readonly known: KnownSwap; readonly row: ReportRow };

function makeSwaps(): Made[] {
  const bySwap = new Map<string, SwapEvent[]>();
  for (const { bytes } of generateDay({ seed: 'reconcile', rows: 3000, date: DATE, brokenShare: 0 })) {
    const cells = setCells(splitFields(bytes.replace(/[\r\n]+$/, '')) as Cells, { remark: '' });
    const event = eventOf(readRecordValues(cells.join(','), layout)!, 'here');
    if (event.subject.kind !== 'swap') continue;
    bySwap.set(event.subject.key, [...(bySwap.get(event.subject.key) ?? []), event]);
  }
  return [...bySwap].flatMap(([key, events]) => {
    const { state, outcomes } = foldSwap(events, null);
    if (state.status === 'none') return [];
    const applied = outcomes.filter(({ outcome }) => outcome.kind === 'applied').map(({ event }) => event);
    return [{ known: knownSwap(key, state, { date: DATE, acknowledged: false }), row: reportRow(applied) }];
  });
}

const inMemory = <Swap>(): Aside<Swap> => {
  const taken: { fingerprint: string; swap: Swap }[] = [];
  return {
    add: (fingerprint, swap) => void taken.push({ fingerprint, swap }),
    sorted: () =>
      taken.sort((left, right) =>
        left.fingerprint < right.fingerprint ? -1 : left.fingerprint > right.fingerprint ? 1 : 0,
      ),
  };
};

const byKey = <Swap extends { readonly key: string }>(all: readonly Swap[]): Swap[] =>
  [...all].sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));

async function* inOrder(all: readonly KnownSwap[]): AsyncGenerator<KnownSwap> {
  yield* byKey(all);
}

/** Reconciles a report, written as CSV and read back. */
async function run(ours: readonly KnownSwap[], rows: readonly ReportRow[]) {
  const [header, ...lines] = reportCsv(rows).trimEnd().split('\n');
  const found = recogniseHeader(splitFields(header!) as string[]) as Layout;
  const theirs = lines.map((line, at) => readReportedSwap(line, found, at + 2)!);
  const breaks: Break[] = [];
  const counts = await reconcile({
    isExpected: ({ status }) => status === 'open',
    comparison: createComparison(found),
    ours: inOrder(ours),
    theirs: byKey(theirs),
    onlyOurs: inMemory<KnownSwap>(),
    onlyTheirs: inMemory<ReportedSwap>(),
    onBreak: (one) => breaks.push(one),
  });
  return { counts, breaks };
}

const KNOWN = swaps.map(({ known }) => known);
const ROWS = open.map(({ row }) => row);

/** The breaks when the line of one open swap is changed, or others are put beside the lines. */
async function breaksWith(
  at: number,
  change: (row: ReportRow) => ReportRow[],
  acknowledged = false,
): Promise<Break[]> {
  const rows = ROWS.flatMap((row, index) => (index === at ? change({ ...row }) : [row]));
  const known = KNOWN.map((one) => (one.key === open[at]!.known.key ? { ...one, acknowledged } : one));
  return (await run(known, rows)).breaks;
}

const place = fc.nat(open.length - 1);

describe('a report that says what the ledger holds', () => {
  it('has enough swaps of all kinds in it to prove something', () => {
    expect(open.length).toBeGreaterThan(500);
    expect(closed.length).toBeGreaterThan(20);
    expect(errored.length).toBeGreaterThan(0);
  });

  it('reconciles without an error, in every field', async () => {
    const { counts, breaks } = await run(KNOWN, ROWS);

    expect(breaks.slice(0, 5)).toEqual([]);
    expect(counts).toMatchObject({
      reported: open.length,
      expected: open.length,
      compared: open.length,
      agreeing: open.length,
    });
  });

  it('may write numbers and flags in other ways', async () => {
    const rows = ROWS.map((row) => ({
      ...row,
      ...(row['notionalAmountLeg1'] && {
        notionalAmountLeg1: `${row['notionalAmountLeg1']}${row['notionalAmountLeg1'].includes('.') ? '0' : '.00'}`,
      }),
      cleared: row['cleared'] ?? '',
    }));

    expect((await run(KNOWN, rows)).breaks).toEqual([]);
  });
});

describe('one thing that is wrong in a report gives exactly its error', () => {
  const gives = (
    name: string,
    kind: BreakKind,
    change: (row: ReportRow) => ReportRow[],
    { acknowledged = false, slot = null as string | null } = {},
  ): void =>
    it(name, async () => {
      await fc.assert(
        fc.asyncProperty(place, async (at) => {
          const breaks = await breaksWith(at, change, acknowledged);
          const swap = open[at]!.known.key;
          expect(breaks).toEqual([expect.objectContaining({ kind, swap, slot })]);
        }),
        { numRuns: 8 },
      );
    });

  gives('another amount: invalid value', 'invalid-value', (row) => [{ ...row, notionalAmountLeg1: '7.25' }], {
    slot: 'notionalAmountLeg1',
  });
  gives(
    'a value where we have none: invalid value',
    'invalid-value',
    (row) => [{ ...row, bespoke: '', cdsIndexAttachmentPoint: '0.5' }],
    {
      slot: 'cdsIndexAttachmentPoint',
    },
  );
  gives(
    'a blank where we have a value: missing value',
    'missing-value',
    (row) => [{ ...row, executionTimestamp: '' }],
    {
      slot: 'executionTimestamp',
    },
  );
  gives(
    'another party: changed counterparty',
    'changed-counterparty',
    (row) => [{ ...row, counterparty2: '5493001KJTIIGC8Y1R12' }],
    {
      slot: 'counterparty2',
    },
  );
  gives('another UTI: wrong UTI', 'wrong-uti', (row) => [
    { ...row, uniqueTransactionIdentifierUti: `${row['uniqueTransactionIdentifierUti']!.slice(0, -3)}zz9` },
  ]);
  gives('no line, and nothing acknowledged: unreported swap', 'unreported-swap', () => []);
  gives('no line, though it was acknowledged: closed but should be open', 'closed-should-be-open', () => [], {
    acknowledged: true,
  });
  gives('a line that says it ended: closed but should be open', 'closed-should-be-open', (row) => [
    { ...row, actionType: 'TERM' },
  ]);
  gives('two lines: reported but should not be', 'reported-should-not-be', (row) => [row, row]);

  const added = async (row: ReportRow) => (await run(KNOWN, [...ROWS, row])).breaks;

  it('a line of a swap that ended: open but should be closed', async () => {
    const { row, known } = closed[3]!;
    expect(await added({ ...row, actionType: 'MODI' })).toMatchObject([
      { kind: 'open-should-be-closed', swap: known.key, ours: 'terminated' },
    ]);
  });

  it('a line of a swap that matured, without a message: open but should be closed', async () => {
    const key = open[0]!.known.key;
    const known = KNOWN.map((one) => (one.key === key ? { ...one, status: 'matured' as const } : one));

    expect((await run(known, ROWS)).breaks).toMatchObject([{ kind: 'open-should-be-closed', swap: key }]);
  });

  it('a line of a swap that was declared wrong, or that nobody knows: reported but should not be', async () => {
    const { row, known } = errored[0]!;
    expect(await added({ ...row, actionType: 'NEWT' })).toMatchObject([
      { kind: 'reported-should-not-be', swap: known.key },
    ]);
    const strange = {
      ...ROWS[0],
      uniqueTransactionIdentifierUti: uti('STRANGE'),
      executionTimestamp: '2020-01-01T00:00:00Z',
    };
    expect(await added(strange)).toMatchObject([{ kind: 'reported-should-not-be', swap: uti('STRANGE') }]);
  });

  it('and there is no other kind of error', () => {
    expect(BREAK_KINDS).toHaveLength(8);
  });
});

describe('what the repository should know', () => {
  it('is what it acknowledged, with the values that were sent, in the order of their reporting times', () => {
    const sent = [
      { id: '45-1', text: eventOf(message('NEWT-TRAD', 'A', '2026-03-02T09:00:00', TERMS)).text },
      {
        id: '45-2',
        text: eventOf(
          message('MODI-TRAD', 'A', '2026-03-03T09:00:00', { ...TERMS, notionalAmountLeg1: '900' }),
        ).text,
      },
    ].map((one, at) => ({ ...one, submitter: null, reportedAt: `2026-03-0${4 + at}T22:00:00Z` }));
    const amount = (count: number) =>
      foldAcknowledged(sent.slice(0, count).reverse(), hashContent).terms['notionalAmountLeg1'];

    expect([amount(1), amount(2)]).toEqual(['1000', '900']);
  });
});

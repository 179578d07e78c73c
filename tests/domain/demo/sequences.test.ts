import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AT, setCells, type Cells, type Values } from '../../../demo/columns.ts';
import { generateDay } from '../../../demo/day.ts';
import { splitFields } from '../../../domain/csv/fields.ts';
import { foldPortfolio } from '../../../domain/swaps/fold-portfolio.ts';
import { foldSwap, type FoldedEvent } from '../../../domain/swaps/fold-swap.ts';
import type { SwapEvent } from '../../../domain/swaps/swap-event.ts';
import { checkLinkedSwaps, checkPortfolioCodes } from '../../../domain/swaps/swap-links.ts';
import { readRecordValues } from '../../../domain/swaps/values.ts';
import { eventOf } from '../../support/swap-events.ts';
import { readDemoHeader } from './read-back.ts';

const { layout } = readDemoHeader();

const toEvent = (cells: Cells, index: number): SwapEvent =>
  eventOf(readRecordValues(cells.join(','), layout)!, String(index + 1));

/** Every record of a day without mistakes; its remark says nothing of the swap. */
const rows = [...generateDay({ seed: 'sequences', rows: 8_000, date: '2026-11-20', brokenShare: 0 })].map(
  ({ bytes }) => setCells(splitFields(bytes.replace(/[\r\n]+$/, '')) as Cells, { remark: '' }),
);
const events = rows.map(toEvent);

/** Folds all that is reported of each swap and each portfolio. */
function foldAll(all: readonly SwapEvent[]): FoldedEvent[] {
  const bySubject = new Map<string, SwapEvent[]>();
  for (const event of all) {
    const key = `${event.subject.kind} ${event.subject.key}`;
    bySubject.set(key, [...(bySubject.get(key) ?? []), event]);
  }
  return [...bySubject].flatMap(([key, some]) => [
    ...(key.startsWith('portfolio') ? foldPortfolio(some) : foldSwap(some, null)).outcomes,
  ]);
}

const describeAll = (outcomes: readonly FoldedEvent[]): string[] =>
  outcomes.map(({ event, outcome }) =>
    `${event.place} ${outcome.kind} ${outcome.findings.map(({ ruleId }) => ruleId).join()}`.trim(),
  );

const isOfEarlierDay = ({ event }: FoldedEvent): boolean => {
  const cells = rows[Number(event.place) - 1]!;
  return cells[AT.messageType] !== 'transaction' || cells[AT.uniqueSwapIdentifierUsi] !== '';
};

describe('the sequences of a demo day', () => {
  const folded = foldAll(events);

  it('break no rule, and wait for nothing but swaps of earlier days', () => {
    const unusual = folded.filter(({ outcome }) => outcome.kind !== 'applied');
    const wrong = unusual.filter((one) => one.outcome.kind !== 'pending' || !isOfEarlierDay(one));
    expect(describeAll(wrong)).toEqual([]);
    const warned = folded.filter(({ outcome }) => outcome.kind === 'applied' && outcome.findings.length > 0);
    expect(describeAll(warned)).toEqual([]);
  });

  it('are the same in whatever order the records arrive', () => {
    const expected = describeAll(folded).sort();
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        expect(describeAll(foldAll(shuffled)).sort()).toEqual(expected);
      }),
      { numRuns: 3 },
    );
  });

  it('name only swaps and portfolios that are in it or older than it', () => {
    const swaps = new Set(events.map(({ subject }) => subject.key));
    const codes = new Set(
      rows
        .filter((cells) => cells[AT.messageType] === 'valuation')
        .flatMap((cells) => [cells[AT.initialMarginPortfolioCode]!, cells[AT.variationMarginPortfolioCode]!]),
    );
    const strange = events.flatMap((event) => [
      // Of the swaps that take another's place, a clearing house may have some still to report.
      // A prior UTI in small letters is there to be warned of.
      ...checkLinkedSwaps(event, (key) => swaps.has(key) || /[a-z]/.test(key)).filter(
        ({ element }) => element !== '6',
      ),
      ...checkPortfolioCodes(event, (code) => codes.has(code)),
    ]);
    expect(strange).toEqual([]);
  });
});

/** Swaps of the day by the actions and events that are reported of them. */
function livesLike(pattern: string): Cells[][] {
  const lives = new Map<string, Cells[]>();
  for (const cells of rows) {
    const uti = cells[AT.uniqueTransactionIdentifierUti]!;
    if (uti === '' || cells[AT.messageType] !== 'transaction') continue;
    lives.set(uti, [...(lives.get(uti) ?? []), cells]);
  }
  return [...lives.values()].filter(
    (life) =>
      life.map((cells) => `${cells[AT.actionType]} ${cells[AT.eventType]}`.trim()).join(', ') === pattern,
  );
}

const LAST_SECOND = '2026-11-20T23:59:59Z';
const changed = (cells: Cells, values: Values): Cells => setCells(cells.slice(), values);
const later = (cells: Cells, values: Values): Cells =>
  changed(cells, {
    eventTimestamp: LAST_SECOND,
    reportingTimestamp: LAST_SECOND,
    amendmentIndicator: '',
    ...values,
  });

type Sequence = readonly [rule: string, pattern: string, spoil: (last: Cells) => Cells];

/** How the last report of a swap is followed by one that must not follow it. */
const SEQUENCES: readonly Sequence[] = [
  ['sequence.duplicate', 'NEWT TRAD', (last) => last.slice()],
  ['sequence.conflict', 'NEWT TRAD', (last) => changed(last, { notionalAmountLeg1: '77' })],
  ['sequence.new-known', 'NEWT TRAD', (last) => later(last, {})],
  ['sequence.action-in-state', 'NEWT TRAD', (last) => later(last, { actionType: 'REVI', eventType: '' })],
  ['sequence.nothing-changed', 'NEWT TRAD', (last) => later(last, { actionType: 'CORR', eventType: '' })],
  ['sequence.nothing-changed', 'NEWT TRAD, MODI TRAD', (last) => later(last, { amendmentIndicator: 'True' })],
  [
    'sequence.terms-changed',
    'NEWT TRAD',
    (last) => later(last, { actionType: 'TERM', eventType: 'ETRM', notionalAmountLeg1: '77' }),
  ],
  [
    'sequence.amendment-expected',
    'NEWT TRAD',
    (last) => later(last, { actionType: 'MODI', amendmentIndicator: 'False', notionalAmountLeg1: '77' }),
  ],
  ['sequence.action-in-state', 'NEWT TRAD, TERM ETRM', (last) => later(last, {})],
  ['sequence.errored', 'NEWT TRAD, EROR', (last) => later(last, { actionType: 'CORR' })],
  [
    'sequence.transferred-out',
    'NEWT TRAD, PRTO PTNG',
    (last) => later(last, { actionType: 'CORR', eventType: '' }),
  ],
  ['sequence.pair', 'NEWT TRAD', (last) => later(last, { actionType: 'TERM', eventType: 'UPDT' })],
  ['sequence.event-missing', 'NEWT TRAD', (last) => later(last, { actionType: 'TERM', eventType: '' })],
  ['sequence.event-blank', 'NEWT TRAD', (last) => later(last, { actionType: 'CORR', eventType: 'TRAD' })],
  [
    'sequence.event-before-execution',
    'NEWT TRAD',
    (last) =>
      later(last, {
        actionType: 'TERM',
        eventType: 'ETRM',
        eventTimestamp: '2001-01-01T00:00:00Z',
        executionTimestamp: '',
      }),
  ],
];

describe('a swap of the day that goes on as it must not', () => {
  it.each(SEQUENCES)('breaks %s after %s', (rule, pattern, spoil) => {
    const lives = livesLike(pattern).slice(0, 25);
    expect(lives.length).toBeGreaterThan(2);
    for (const life of lives) {
      const all = [...life, spoil(life.at(-1)!)].map(toEvent);
      const findings = foldSwap(all, null).outcomes.flatMap(({ outcome }) => outcome.findings);
      expect(findings.map(({ ruleId }) => ruleId)).toEqual([rule]);
    }
  });
});

import { describe, expect, it } from '@jest/globals';
import { AT, DEMO_COLUMNS, type Slot } from '../../../demo/columns.ts';
import { generateDay } from '../../../demo/day.ts';
import { splitFields } from '../../../domain/csv/fields.ts';

const SEEDS = ['tain', 'lives', 'third'];

/** Appendix F, part 45: what may come in each state, and the state it leaves. */
const NEXT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  unknown: { NEWT: 'open' },
  open: { MODI: 'open', CORR: 'open', TERM: 'terminated', EROR: 'errored', PRTO: 'transferred' },
  terminated: { MODI: 'terminated', CORR: 'terminated', EROR: 'errored', REVI: 'open' },
  errored: { REVI: 'open' },
  transferred: { NEWT: 'open' },
};

/** Elements of the message and of its event; a final payment belongs to the event that asks for it. */
const OF_THE_EVENT = new Set('5 6 9 10 26 27 28 29 30 57 58 59 60 61 62 97 105'.split(' '));
const TERMS = DEMO_COLUMNS.flatMap(({ element }, index) =>
  element === null || OF_THE_EVENT.has(element) ? [] : [index],
);

type Row = {
  readonly value: (slot: Slot) => string;
  readonly terms: string;
  /** Nothing is said of it, not even a warning. */
  readonly isRight: boolean;
};

function readDay(seed: string): Row[] {
  return [...generateDay({ seed, rows: 12_000, date: '2026-11-20', brokenShare: 0 })].map(
    ({ bytes, expected }) => {
      const fields = splitFields(bytes.replace(/[\r\n]+$/, '')) as string[];
      return {
        value: (slot) => fields[AT[slot]]!,
        terms: TERMS.map((index) => fields[index]).join('|'),
        isRight: expected.issues.length === 0,
      };
    },
  );
}

const keyOf = ({ value }: Row): string =>
  value('uniqueTransactionIdentifierUti') || value('uniqueSwapIdentifierUsi');

describe.each(SEEDS)('the swaps of a demo day (seed %s)', (seed) => {
  const rows = readDay(seed);
  const reports = rows.filter(({ value }) => value('messageType') === 'transaction');

  it('take only the actions that their state allows', () => {
    const states = new Map<string, string>();
    for (const row of reports) {
      const key = keyOf(row);
      // Swaps from before there were UTIs were reported long ago.
      const isOld = row.value('uniqueSwapIdentifierUsi') !== '' && row.value('actionType') !== 'NEWT';
      const state = states.get(key) ?? (isOld ? 'open' : 'unknown');
      const next = NEXT[state]![row.value('actionType')];
      expect([key, state, row.value('actionType'), typeof next]).toEqual([
        key,
        state,
        row.value('actionType'),
        'string',
      ]);
      if (state === 'transferred') expect(row.value('eventType')).toBe('PTNG');
      states.set(key, next!);
    }
    expect(new Set(states.values())).toEqual(new Set(['open', 'terminated', 'errored', 'transferred']));
  });

  it('change when they are modified or corrected, and do not when they end', () => {
    const terms = new Map<string, string>();
    for (const row of reports) {
      const key = keyOf(row);
      const before = terms.get(key);
      const action = row.value('actionType');
      if (before !== undefined && (action === 'MODI' || action === 'CORR'))
        expect(row.terms).not.toBe(before);
      if (before !== undefined && ['TERM', 'EROR', 'PRTO', 'REVI'].includes(action))
        expect(row.terms).toBe(before);
      terms.set(key, row.terms);
    }
  });

  it('name a swap that was reported before as the one that they come from', () => {
    const known = new Set<string>();
    for (const row of reports) {
      const prior = row.value('priorUti') || row.value('priorUsi');
      if (prior !== '' && row.isRight) expect([prior, known.has(prior)]).toEqual([prior, true]);
      known.add(keyOf(row));
    }
  });

  it('are valued once and while they are open, before the margin of their portfolio is reported, once', () => {
    const states = new Map(reports.map((row) => [keyOf(row), row.value('actionType')]));
    const valued = new Set<string>();
    const portfolios = new Set<string>();
    const margins = new Set<string>();
    for (const row of rows) {
      const code = row.value('initialMarginPortfolioCode');
      const holder = code === 'TRANSACTIONLEVEL' ? keyOf(row) : `${code} with ${row.value('counterparty2')}`;
      if (row.value('messageType') === 'valuation') {
        expect(valued.has(keyOf(row))).toBe(false);
        expect(['NEWT', undefined]).toContain(states.get(keyOf(row)));
        valued.add(keyOf(row));
        portfolios.add(holder);
      } else if (row.value('messageType') === 'collateral') {
        expect([holder, portfolios.has(holder), margins.has(holder)]).toEqual([holder, true, false]);
        margins.add(holder);
      }
    }
    expect(valued.size).toBeGreaterThan(500);
    expect(margins.size).toBeGreaterThan(100);
  });
});

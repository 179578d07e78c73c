import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AT, type Cells, type Slot } from '../../../demo/columns.ts';
import { ACCEPTED_MUTATIONS, ERROR_MUTATIONS } from '../../../demo/mutations.ts';
import type { CellMutation } from '../../../demo/mutations/mutation.ts';
import { createRandom } from '../../../demo/random.ts';
import { CONDITIONAL_RULES } from '../../../domain/cftc/conditional-rules.ts';
import { cleanCells, createDemoJudge, nameIssue } from '../demo/read-back.ts';
import { LEFT_TO_TAIN, SUPERFLUOUS_VALUES } from './superfluous-values.ts';

const DAYS = fc.record({
  seed: fc.string({ minLength: 1, maxLength: 12 }),
  rows: fc.constant(400),
  date: fc
    .date({ min: new Date('2024-02-01'), max: new Date('2090-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
});

const strict = createDemoJudge('strict');
const spec = createDemoJudge('spec');

const AT_INTAKE = [...ERROR_MUTATIONS, ...ACCEPTED_MUTATIONS].filter(
  (mutation): mutation is CellMutation => !('ruleIds' in mutation),
);
const UNDER_STRICT = [...SUPERFLUOUS_VALUES, ...LEFT_TO_TAIN];

/** The record after a mutation, and what must be said of it. */
function mutate(cells: Cells, mutation: CellMutation, seed: string): { cells: Cells; expected: string[] } {
  const changed = cells.slice();
  mutation.apply(changed, createRandom(seed));
  return { cells: changed, expected: mutation.issues.map(nameIssue).sort() };
}

const KIND: readonly Slot[] = [
  'messageType',
  'assetClass',
  'actionType',
  'eventType',
  'cleared',
  'upi.instrumentType',
  'collateralisationCategory',
];

/** What conditions ask for: a mutation is tried in each kind of record that it is for. */
const kindOf = (cells: Cells): string => KIND.map((slot) => cells[AT[slot]]).join();

/** Tries every mutation on records that it is for; what the judge says otherwise, and which found no record. */
function tryAll(
  mutations: readonly CellMutation[],
  seed: string,
  judge: (cells: Cells) => string[],
): { wrong: unknown[]; untried: string[] } {
  const tried = new Map(mutations.map((mutation) => [mutation, new Set<string>()]));
  const wrong: unknown[] = [];
  for (const cells of cleanCells({ seed, rows: 15_000, date: '2026-11-20' })) {
    const kind = kindOf(cells);
    for (const [mutation, kinds] of tried) {
      if (kinds.has(kind) || !mutation.where(cells)) continue;
      kinds.add(kind);
      const changed = mutate(cells, mutation, seed);
      const found = judge(changed.cells);
      if (found.join() !== changed.expected.join())
        wrong.push({ mutation: mutation.name, expected: changed.expected, found, of: kind });
    }
  }
  return { wrong, untried: [...tried].filter(([, kinds]) => kinds.size === 0).map(([{ name }]) => name) };
}

describe('valid records', () => {
  it('of every asset class and every kind of message pass under strict, whatever day they are from', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(DAYS, (day) => {
        for (const cells of cleanCells(day)) {
          const found = strict(cells);
          if (found.length > 0) expect([cells.join(','), found]).toEqual([cells.join(','), []]);
          seen.add(`${cells[AT.messageType]} ${cells[AT.assetClass]}`);
        }
      }),
      { numRuns: 25 },
    );
    expect([...seen].sort()).toEqual([
      'collateral ',
      ...['CO', 'CR', 'EQ', 'FX', 'IR'].map((assetClass) => `transaction ${assetClass}`),
      ...['CO', 'CR', 'EQ', 'FX', 'IR'].map((assetClass) => `valuation ${assetClass}`),
    ]);
  });

  it('of whole days pass under strict and under spec', () => {
    for (const seed of ['tain', 'other', 'third']) {
      for (const cells of cleanCells({ seed, rows: 15_000, date: '2026-11-20' })) {
        const found = [...strict(cells), ...spec(cells)];
        if (found.length > 0) expect([cells.join(','), found]).toEqual([cells.join(','), []]);
      }
    }
  });
});

describe('a single mutation of a valid record', () => {
  it('is caught at intake by the rules that are meant for it, and by no others', () => {
    expect(tryAll(AT_INTAKE, 'tain', spec)).toEqual({ wrong: [], untried: [] });
  });

  it('is caught under strict by the rules that are meant for it', () => {
    expect(tryAll(UNDER_STRICT, 'tain', strict)).toEqual({ wrong: [], untried: [] });
  });

  it('that leaves a superfluous value passes at intake, unless no profile takes it', () => {
    const superfluous = SUPERFLUOUS_VALUES.map((mutation) => ({
      ...mutation,
      issues: mutation.issues.filter(({ ruleId }) => ruleId.startsWith('sequence.')),
    }));
    expect(tryAll(superfluous, 'intake', spec).wrong).toEqual([]);
  });

  it('is caught in any record of any day that it is for', () => {
    fc.assert(
      fc.property(DAYS, fc.nat(), (day, turn) => {
        let at = turn;
        for (const cells of cleanCells(day)) {
          at += 1;
          for (const [mutations, judge] of [
            [AT_INTAKE, spec],
            [UNDER_STRICT, strict],
          ] as const) {
            const mutation = mutations[at % mutations.length]!;
            if (!mutation.where(cells)) continue;
            const changed = mutate(cells, mutation, day.seed);
            expect([mutation.name, judge(changed.cells)]).toEqual([mutation.name, changed.expected]);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it('is known for every conditional rule of what parties submit', () => {
    const broken = new Set(
      [...AT_INTAKE, ...UNDER_STRICT].flatMap(({ issues }) => issues.map((one) => one.ruleId)),
    );
    // What a repository publishes is judged in files of its own, not in a submission.
    const submitted = CONDITIONAL_RULES.filter(({ messages }) =>
      messages.some((message) => message !== 'dissemination'),
    );
    expect(submitted.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
  });
});

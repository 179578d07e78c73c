import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { createSequenceCheck, type StoredGap } from '../../../domain/feeds/verify-sequence.ts';

type Found = readonly [kind: string, from: number, to: number];

function check(gaps: readonly StoredGap[], checkpoint: number | null, journal: readonly number[]): Found[] {
  const found: Found[] = [];
  const sequence = createSequenceCheck(gaps, checkpoint, (kind, { from, to }) =>
    found.push([kind, from, to]),
  );
  for (const number of journal) sequence.take(number);
  sequence.end();
  return found;
}

/** What became of each sequence number below the checkpoint. */
const fates = fc.array(fc.constantFrom('journalled', 'late', 'open'), { maxLength: 40 });

/** Gaps as they are kept: runs of the same fate. */
function gapsOf(list: readonly string[]): StoredGap[] {
  const gaps: { from: number; to: number; isFilled: boolean }[] = [];
  for (const [index, fate] of list.entries()) {
    if (fate === 'journalled') continue;
    const last = gaps.at(-1);
    if (last?.to === index + 1 && last.isFilled === (fate === 'late')) last.to += 1;
    else gaps.push({ from: index + 1, to: index + 2, isFilled: fate === 'late' });
  }
  return gaps;
}

const journalOf = (list: readonly string[]): number[] =>
  list.flatMap((fate, index) => (fate === 'open' ? [] : [index + 1]));

describe('the sequence numbers of a session', () => {
  test('are accounted for whatever came, came late or did not come', () => {
    fc.assert(
      fc.property(fates, (list) => {
        expect(check(gapsOf(list), list.length + 1, journalOf(list))).toEqual([]);
      }),
    );
  });

  test('are each named when they are not in the journal any more', () => {
    fc.assert(
      fc.property(fates, fc.nat(), (list, pick) => {
        const journal = journalOf(list);
        if (journal.length === 0) return;
        const gone = journal[pick % journal.length]!;
        const kind = list[gone - 1] === 'late' ? 'gap-unfilled' : 'missing';

        const found = check(
          gapsOf(list),
          list.length + 1,
          journal.filter((number) => number !== gone),
        );

        expect(found).toEqual([[kind, gone, gone + 1]]);
      }),
    );
  });

  test('are each named when they are in the journal and said to be missing', () => {
    fc.assert(
      fc.property(fates, fc.nat(), (list, pick) => {
        const open = list.flatMap((fate, index) => (fate === 'open' ? [index + 1] : []));
        if (open.length === 0) return;
        const there = open[pick % open.length]!;
        const journal = [...journalOf(list), there].sort((one, other) => one - other);

        expect(check(gapsOf(list), list.length + 1, journal)).toEqual([['gap-journalled', there, there + 1]]);
      }),
    );
  });

  it('end with the last message or gap where the checkpoint is not known', () => {
    expect(check([], null, [1, 2, 4])).toEqual([['missing', 3, 4]]);
    expect(check([{ from: 3, to: 6, isFilled: false }], null, [1, 2])).toEqual([]);
  });

  it('may leave out any number of them in one gap', () => {
    const far = 9_000_000_000_000;
    expect(check([{ from: 2, to: far, isFilled: false }], far + 1, [1, far])).toEqual([]);
  });
});

import { describe, expect, test } from '@jest/globals';
import { createValueCheck } from '../../../domain/cftc/check-value.ts';
import { foldPortfolio } from '../../../domain/swaps/fold-portfolio.ts';
import { foldSwap, type FoldedSwap } from '../../../domain/swaps/fold-swap.ts';
import { elementBySlot } from '../../../domain/swaps/record-content.ts';
import type { SwapEvent } from '../../../domain/swaps/swap-event.ts';
import { UNKNOWN_SWAP, type SwapState } from '../../../domain/swaps/swap-state.ts';
import { eventOf, REPORTER, SECOND_REPOSITORY, uti } from '../../support/swap-events.ts';
import { EXAMPLES, type Example } from './lifecycle-examples.ts';

/** The daily messages of the examples come to swaps that were reported before. */
const OPEN_SWAP: SwapState = { ...UNKNOWN_SWAP, status: 'open' };

const eventsOf = ({ messages }: Example): SwapEvent[] =>
  messages.map(({ values }, index) => eventOf(values, String(index + 1)));

const foldExample = (example: Example, events = eventsOf(example)): [string, FoldedSwap][] =>
  Object.keys(example.end).map((swap) => {
    const own = events.filter(({ subject }) => subject.kind === 'swap' && subject.key === uti(swap));
    return [swap, foldSwap(own, null, example.number >= 14 ? OPEN_SWAP : UNKNOWN_SWAP)];
  });

const example = (number: number): Example => EXAMPLES.find((one) => one.number === number)!;
const stateOf = (number: number, swap: string): SwapState =>
  foldExample(example(number)).find(([name]) => name === swap)![1].state;

describe.each(EXAMPLES)('worked example $number, $title', (one) => {
  test('has values that are rightly written', () => {
    for (const { values } of one.messages) {
      for (const [slot, value] of Object.entries(values)) {
        const check = createValueCheck(elementBySlot.get(slot)!, 'submission');
        for (const part of [value].flat()) if (part !== '') expect(check(part, undefined)).toBeNull();
      }
    }
  });

  test('is applied message by message, without any finding', () => {
    const folded = foldExample(one).flatMap(([, { outcomes }]) => outcomes);

    expect(folded.map(({ outcome }) => [outcome.kind, ...outcome.findings])).toEqual(
      folded.map(() => ['applied']),
    );
  });

  test('leaves its swaps as the specification does', () => {
    const end = foldExample(one).map(([swap, { status, state }]) => [
      swap,
      [status, state.terms['notionalAmountLeg1'] ?? null],
    ]);

    expect(Object.fromEntries(end)).toEqual(one.end);
  });

  test('shows the public what the specification shows it, with the original it refers to', () => {
    const seen = foldExample(one).flatMap(([, { outcomes }]) =>
      outcomes.map(({ event, outcome }) => {
        if (outcome.kind !== 'applied') throw new Error(`message ${event.place} is ${outcome.kind}`);
        const { outcome: judged, originalOf, originalMayBeBlank } = outcome.dissemination!;
        expect(judged).not.toBe('undetermined');
        const disseminated = judged === 'public';
        return [
          event.place,
          disseminated && originalOf !== null && !originalMayBeBlank ? Number(originalOf) : disseminated,
        ];
      }),
    );

    const ofSwaps = one.messages.flatMap(({ swap, seen: was }, index) =>
      swap ? [[String(index + 1), was]] : [],
    );
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(ofSwaps));
  });

  test('ends the same when its messages come in reverse', () => {
    expect(foldExample(one, eventsOf(one).reverse())).toEqual(foldExample(one));
  });
});

describe('the worked examples', () => {
  test('are fifteen, with 52 messages', () => {
    expect(EXAMPLES.map(({ number }) => number)).toEqual(Array.from({ length: 15 }, (_, at) => at + 1));
    expect(EXAMPLES.flatMap(({ messages }) => messages)).toHaveLength(52);
  });

  test('bind a swap to the one that it came from, and compressed ones to each other', () => {
    expect(stateOf(4, 'C2').links.prior).toEqual([uti('C')]);
    expect(stateOf(6, 'GAMMA').links.prior).toEqual([uti('ALPHA')]);
    const events = ['E', 'F', 'G', 'EFG'].map((swap) => stateOf(7, swap).links.eventIdentifier);
    expect(events).toEqual(events.map(() => `${REPORTER}EVENT1`));
    expect(stateOf(13, 'A').links.newRepository).toBe(SECOND_REPOSITORY);
  });

  test('leave a swap out of the repository that it left, and in the one that it came to', () => {
    const events = eventsOf(example(13));

    expect(foldSwap(events.slice(0, 3), null).status).toBe('transferred-out');
    expect(foldSwap(events.slice(3), null).status).toBe('open');
  });

  test('put each valuation on its swap and margin on its swap or portfolio', () => {
    expect(stateOf(14, 'P').valuation).toMatchObject({
      asOf: '2019-05-02T23:59:59Z',
      values: { valuationAmount: '5000', initialMarginCollateralPortfolioCode: 'PORT001' },
    });
    expect(stateOf(15, 'R').margin?.values).toMatchObject({
      initialMarginCollectedByTheReportingCounterpartyPostHaircut: '50000',
    });
    const ofPortfolio = eventsOf(example(15)).filter(({ subject }) => subject.kind === 'portfolio');
    expect(ofPortfolio.map(({ subject }) => subject.key)).toEqual(['/PORT001/VMPORT001']);
    expect(foldPortfolio(ofPortfolio).margin?.values).toMatchObject({
      initialMarginCollectedByTheReportingCounterpartyPreHaircut: '160000',
    });
  });
});

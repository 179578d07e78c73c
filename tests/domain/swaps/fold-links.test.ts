import { describe, expect, test } from '@jest/globals';
import { ACTION_TYPES, EVENT_TYPES, isAllowed, isWithoutEvent } from '../../../domain/cftc/action-events.ts';
import { foldSwap } from '../../../domain/swaps/fold-swap.ts';
import { disseminationOf } from '../../../domain/swaps/swap-dissemination.ts';
import type { RecordValues } from '../../../domain/swaps/record-content.ts';
import { checkLinkedSwaps, checkPortfolioCodes } from '../../../domain/swaps/swap-links.ts';
import {
  day,
  eventOf,
  fold,
  message,
  REPORTER,
  TERMS,
  uti,
  type Message,
} from '../../support/swap-events.ts';

const NEW: Message = ['NEWT-TRAD', 2, TERMS];

describe('what later layers need of a swap', () => {
  test('is the latest valuation by the time it holds for, not by when it came', () => {
    const value = (asOf: string, amount: string, reported: number): Message => [
      'VALU',
      9,
      {
        valuationTimestamp: asOf,
        valuationAmount: amount,
        initialMarginCollateralPortfolioCode: 'P1',
        reportingTimestamp: `${day(reported)}Z`,
      },
    ];
    const { state } = fold([
      ['NEWT-TRAD', 2, TERMS],
      value('2026-03-05T23:59:59Z', '50', 6),
      value('2026-03-05', '49', 7),
      value('2026-03-04T23:59:59Z', '40', 8),
    ]);

    expect(state.valuation).toMatchObject({
      asOf: '2026-03-05T23:59:59Z',
      values: { valuationAmount: '50' },
    });
    expect(state.links.initialMarginPortfolio).toBe('P1');
  });

  test('are the swaps that an alpha was cleared into, and the alpha of a beta', () => {
    const alpha = fold([NEW, ['TERM-CLRG', 3, { clearingSwapUtis: [uti('BETA'), uti('GAMMA')] }]]);
    const beta = foldSwap(
      [eventOf(message('NEWT-CLRG', 'BETA', day(3), { originalSwapUti: uti('A'), cleared: 'Y' }))],
      null,
    );

    expect(alpha.state.links.clearedInto).toEqual([uti('BETA'), uti('GAMMA')]);
    expect(beta.state.links.original).toEqual([uti('A')]);
  });

  test('is that the public sees what part 43 has, but for compressions', () => {
    for (const action of ACTION_TYPES) {
      for (const event of isWithoutEvent(action)
        ? [null]
        : EVENT_TYPES.filter((one) => isAllowed(action, one, 45))) {
        const { outcome } = disseminationOf(
          { action, event, amendment: true, values: {} },
          { terms: {}, publication: { first: '1', begunBy: action === 'NEWT' ? null : 'TRAD' } },
        );
        const isPublic = isAllowed(action, event, 43) && event !== 'COMP';
        expect([action, event, outcome]).toEqual([action, event, isPublic ? 'public' : 'not-public']);
      }
    }
  });

  test('is that swaps which never were public stay so', () => {
    const amended: Message = [
      'MODI-TRAD',
      4,
      { ...TERMS, notionalAmountLeg1: '5', amendmentIndicator: 'True' },
    ];
    const reasons = (begin: string) =>
      fold([[begin, 3, TERMS], amended]).outcomes.map(({ outcome }) =>
        outcome.kind === 'applied' ? outcome.dissemination : outcome.kind,
      );

    expect(reasons('NEWT-CLRG')).toMatchObject([{ reason: 'clearing-swap' }, { reason: 'swap-not-public' }]);
    expect(reasons('NEWT-ALOC')).toMatchObject([{ reason: 'allocation' }, { reason: 'swap-not-public' }]);
    expect(reasons('NEWT-UPDT')).toMatchObject([
      { reason: 'pair-not-public' },
      { reason: 'swap-not-public' },
    ]);
    expect(reasons('NEWT-PTNG')).toMatchObject([
      { outcome: 'not-public', reason: 'porting' },
      { outcome: 'public', reason: 'reportable', originalOf: null },
    ]);
  });

  test('is judged as the preview of part 43 judges it: by the indicators, and left open without them', () => {
    const lastOf = (...messages: Message[]) => {
      const { outcome } = fold([NEW, ...messages]).outcomes.at(-1)!;
      return outcome.kind === 'applied' ? outcome.dissemination : outcome.kind;
    };
    const lower = { ...TERMS, notionalAmountLeg1: '5' };

    expect(lastOf(['MODI-TRAD', 4, lower])).toMatchObject({
      outcome: 'undetermined',
      reason: 'amendment-unknown',
      originalOf: '1',
    });
    expect(lastOf(['MODI-TRAD', 4, { ...lower, amendmentIndicator: 'False' }])).toMatchObject({
      outcome: 'not-public',
      originalOf: null,
    });
    expect(lastOf(['TERM-CLRG', 4, { cleared: 'Y' }])).toMatchObject({ reason: 'clearing-swap' });
    expect(lastOf(['CORR', 3, { ...TERMS, cleared: 'Y' }], ['TERM-CLRG', 4])).toMatchObject({
      reason: 'clearing-swap',
    });
    expect(lastOf(['TERM-CLRG', 4, { cleared: 'I' }])).toMatchObject({ outcome: 'public', originalOf: '1' });
  });
});

describe('what a message names', () => {
  test.each(['MODI-TRAD', 'CORR'])(
    'stays when %s leaves it out, and that is not called no change',
    (kind) => {
      const swap = { originalSwapUti: uti('OLD') };
      const event = { eventIdentifier: `${REPORTER}E1` };
      const linked = { ...TERMS, ...swap, ...event };
      const last = (values: RecordValues) => {
        const { outcomes, state } = fold([
          ['NEWT-TRAD', 2, linked],
          [kind, 3, { ...values, amendmentIndicator: 'True' }],
        ]);
        // The fold cannot take a link back.
        expect(state.links.original).toEqual([uti('OLD')]);
        return outcomes[1]!.outcome.findings.map(({ ruleId }) => ruleId);
      };

      expect(last(linked)).toEqual(['sequence.nothing-changed']);
      expect(last({ ...TERMS, ...event })).toEqual([]);
      expect(last({ ...TERMS, ...swap })).toEqual([]);
    },
  );

  const known = new Set([uti('KNOWN'), 'P1']);
  const isKnown = (name: string): boolean => known.has(name);

  test('is looked for among the swaps: unknown ones are a warning', () => {
    const event = eventOf(
      message('TERM-CLRG', 'A', '', {
        clearingSwapUtis: [uti('KNOWN'), uti('LOST')],
        originalSwapUti: 'NOTAVAILABLE',
      }),
    );

    expect(checkLinkedSwaps(event, isKnown)).toMatchObject([
      { ruleId: 'sequence.linked-swap-unknown', severity: 'warning', element: '6', value: uti('LOST') },
    ]);
  });

  test('is looked for among the portfolios, for margin alone', () => {
    const codes = {
      initialMarginCollateralPortfolioCode: 'P1',
      variationMarginCollateralPortfolioCode: 'P2',
    };
    const margin = eventOf({ actionType: 'MARU', counterparty1ReportingCounterparty: REPORTER, ...codes });

    expect(margin.subject).toEqual({ kind: 'portfolio', key: `${REPORTER}/P1/P2` });
    expect(checkPortfolioCodes(margin, isKnown)).toMatchObject([
      { ruleId: 'sequence.portfolio-unknown', element: '124' },
    ]);
    expect(checkPortfolioCodes(eventOf(message('VALU', 'A', '', codes)), isKnown)).toEqual([]);
  });
});

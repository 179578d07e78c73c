import { describe, expect, it } from '@jest/globals';
import { compareStanding } from '../../../domain/desk/standing.ts';
import { UNKNOWN_SWAP, type SwapState } from '../../../domain/swaps/swap-state.ts';

const state = (status: SwapState['status'], terms: SwapState['terms']): SwapState => ({
  ...UNKNOWN_SWAP,
  status,
  terms,
});
const TERMS = { notionalAmountLeg1: '1000', notionalCurrencyLeg1: 'USD', expirationDate: '2027-01-29' };

describe('a swap as reported beside the same swap as known', () => {
  it('differs in its status and its terms, told in the order of the specification', () => {
    const reported = state('open', TERMS);
    const known = state('terminated', { ...TERMS, expirationDate: '', notionalAmountLeg1: '900' });

    expect(compareStanding(reported, known)).toEqual([
      { element: null, name: 'status', asReported: 'open', asKnown: 'terminated' },
      { element: '31', name: 'notionalAmountLeg1', asReported: '1000', asKnown: '900' },
      { element: '95', name: 'expirationDate', asReported: '2027-01-29', asKnown: '' },
    ]);
    expect(compareStanding(reported, reported)).toEqual([]);
  });

  it('that the repository has never acknowledged is not there: nothing else is compared', () => {
    expect(compareStanding(null, state('open', TERMS))).toEqual([
      { element: null, name: 'status', asReported: 'none', asKnown: 'open' },
    ]);
  });

  it('does not differ in what belongs to the last message', () => {
    const sent = state('open', { ...TERMS, reportingTimestamp: '2026-11-23T23:00:00Z', actionType: 'NEWT' });
    expect(compareStanding(sent, state('open', TERMS))).toEqual([]);
  });
});

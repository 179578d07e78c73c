import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgePublication, type PublicationFacts } from '../../../../domain/cftc/part43/reportable.ts';

const trade: PublicationFacts = {
  action: 'NEWT',
  event: 'TRAD',
  amendment: null,
  cleared: 'N',
  pairIsPublic: true,
  interAffiliate: false,
  priceForming: null,
  mirrorSwap: false,
  swapIsPublic: null,
};
const judge = (facts: Partial<PublicationFacts>) => judgePublication({ ...trade, ...facts });

describe('a message is public', () => {
  test.each<[string, Partial<PublicationFacts>]>([
    ['when it is a trade', {}],
    ['when a term was renegotiated', { action: 'MODI', amendment: true, swapIsPublic: true }],
    ['when it corrects', { action: 'CORR', event: null, swapIsPublic: true }],
    ['when it takes a report back', { action: 'EROR', event: null, swapIsPublic: true }],
    ['when it revives', { action: 'REVI', event: null, swapIsPublic: true }],
    [
      'when the original swap ends by clearing',
      { action: 'TERM', event: 'CLRG', cleared: 'I', swapIsPublic: true },
    ],
    ['when the remaining party steps in', { event: 'NOVA' }],
    ['when an option becomes a swap', { event: 'EXER' }],
  ])('%s', (_, facts) => {
    expect(judge(facts)).toMatchObject({ outcome: 'public', reason: 'reportable', assumed: [] });
  });

  test('when affiliates formed a price, or a compression did', () => {
    for (const facts of [{ interAffiliate: true }, { event: 'COMP' }]) {
      expect(judge({ ...facts, priceForming: true })).toMatchObject({
        outcome: 'public',
        reason: 'price-forming',
      });
    }
  });
});

describe('a message is not public', () => {
  test.each<[string, Partial<PublicationFacts>, string]>([
    ['as a valuation', { action: 'VALU', event: null }, 'end-of-day'],
    ['as a margin report', { action: 'MARU', event: null }, 'end-of-day'],
    ['when the swap moves out', { action: 'PRTO', event: 'PTNG' }, 'porting'],
    ['when the swap moves in', { event: 'PTNG' }, 'porting'],
    ['as beta or gamma', { event: 'CLRG', cleared: 'Y' }, 'clearing-swap'],
    [
      'as beta or gamma, whatever the pair says',
      { event: 'CLRG', cleared: null, pairIsPublic: null },
      'clearing-swap',
    ],
    ['as an allocated swap', { event: 'ALOC' }, 'allocation'],
    ['when a block ends by allocation', { action: 'TERM', event: 'ALOC' }, 'allocation'],
    ['when allocated by clearing', { event: 'CLAL', cleared: 'Y' }, 'allocation'],
    ['when nothing was renegotiated', { action: 'MODI', amendment: false }, 'not-amended'],
    ['when the pair is not for part 43', { event: 'UPDT', pairIsPublic: false }, 'pair-not-public'],
    ['as a compression', { event: 'COMP', priceForming: false }, 'compression'],
    ['between affiliates', { interAffiliate: true, priceForming: false }, 'inter-affiliate'],
    ['as a mirror', { mirrorSwap: true }, 'mirror-swap'],
    ['when its swap is not', { action: 'TERM', event: 'ETRM', swapIsPublic: false }, 'swap-not-public'],
  ])('%s', (_, facts, reason) => {
    expect(judge(facts)).toMatchObject({ outcome: 'not-public', reason });
  });
});

describe('what is not known', () => {
  test.each<[string, Partial<PublicationFacts>, string]>([
    ['no action', { action: null }, 'action-unknown'],
    ['a strange action', { action: 'toString' }, 'action-unknown'],
    ['no flag of the pair', { pairIsPublic: null }, 'pair-unknown'],
    ['no amendment indicator', { action: 'MODI', swapIsPublic: true }, 'amendment-unknown'],
  ])('%s leaves it open', (_, facts, reason) => {
    expect(judge(facts)).toMatchObject({ outcome: 'undetermined', reason });
  });

  test('is listed where the usual value was assumed', () => {
    const nothing = { interAffiliate: null, mirrorSwap: null, swapIsPublic: null };
    expect(judge(nothing).assumed).toEqual(['interAffiliate', 'mirrorSwap']);
    expect(judge({ ...nothing, action: 'CORR', event: null }).assumed).toContain('swapIsPublic');
    expect(judge({ event: 'COMP' })).toMatchObject({ reason: 'compression', assumed: ['priceForming'] });
  });

  test('never throws, and an assumption never stands beside a fact that was given', () => {
    const maybe = fc.constantFrom(true, false, null);
    const facts = fc.record({
      action: fc.option(fc.oneof(fc.constantFrom('NEWT', 'MODI', 'TERM', 'CORR', 'PRTO'), fc.string())),
      event: fc.option(fc.oneof(fc.constantFrom('TRAD', 'COMP', 'CLRG', 'PTNG'), fc.string())),
      amendment: maybe,
      cleared: fc.constantFrom('Y', 'N', 'I', null),
      pairIsPublic: maybe,
      interAffiliate: maybe,
      priceForming: maybe,
      mirrorSwap: maybe,
      swapIsPublic: maybe,
    });
    fc.assert(
      fc.property(facts, (given) => {
        const { outcome, assumed } = judgePublication(given);
        for (const name of assumed) expect(given[name]).toBeNull();
        if (given.pairIsPublic === false) expect(outcome).not.toBe('public');
        if (outcome === 'public') expect(given.pairIsPublic).toBe(true);
      }),
    );
  });
});

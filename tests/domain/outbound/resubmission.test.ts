import { describe, expect, it } from '@jest/globals';
import { outgoingValues } from '../../../domain/outbound/outgoing-values.ts';
import { resubmit, type HeldMessage } from '../../../domain/outbound/resubmission.ts';
import { GOOD_VALUES } from '../../support/good-record.ts';

const RATE = { fixedRateLeg1: '0.02' };
const bare = {
  actionType: 'NEWT',
  eventType: 'TRAD',
  uniqueTransactionIdentifierUti: 'UTI1',
  eventTimestamp: '2026-11-20T14:05:00Z',
  notionalAmountLeg1: '1000',
  notionalCurrencyLeg1: 'USD',
  'upi.instrumentType': 'Swap',
};
const newt = { ...bare, ...RATE };
const correctedBare = {
  ...bare,
  actionType: 'CORR',
  eventTimestamp: '2026-11-21T10:00:00Z',
  notionalAmountLeg1: '2000',
};
const corrected = { ...correctedBare, ...RATE };
const held = (action: string, values: object = corrected): HeldMessage => ({
  messageId: `45-${action}`,
  action,
  values: values as HeldMessage['values'],
});
const refused = { action: 'NEWT', values: newt };

describe('what takes the place of a refused message', () => {
  it('says the same when nothing waits to correct it', () => {
    expect(resubmit(refused, [])).toEqual({ values: null, folded: [] });
    expect(resubmit(refused, [held('MODI'), held('CORR')])).toEqual({ values: null, folded: [] });
    expect(resubmit({ ...refused, action: 'MODI' }, [held('CORR')])).toEqual({ values: null, folded: [] });
  });

  it('is the NEWT with the terms of the correction that waited, which is said with it', () => {
    const { values, folded } = resubmit(refused, [held('CORR', correctedBare), held('MODI')]);

    expect(values).toEqual({ ...bare, notionalAmountLeg1: '2000' });
    expect(folded).toEqual(['45-CORR']);
  });

  it('takes a correction that waits behind valuations, which go on waiting', () => {
    const { values, folded } = resubmit(refused, [held('VALU', bare), held('CORR'), held('VALU', bare)]);
    expect(values).toMatchObject({ notionalAmountLeg1: '2000' });
    expect(folded).toEqual(['45-CORR']);
  });

  it('takes the last of several corrections', () => {
    const last = { messageId: '45-b', action: 'CORR', values: { ...corrected, notionalAmountLeg1: '3000' } };
    const { values, folded } = resubmit(refused, [held('CORR'), last]);
    expect(values).toMatchObject({ actionType: 'NEWT', notionalAmountLeg1: '3000' });
    expect(folded).toEqual(['45-CORR', '45-b']);
  });
});

describe('what a message says', () => {
  it('is the record with #22 and #97 of the message', () => {
    const at = Date.UTC(2026, 10, 21, 23, 0, 0, 999);
    const sent = outgoingValues(GOOD_VALUES, 'LEI', at);
    expect(sent).toEqual({
      ...GOOD_VALUES,
      submitterIdentifier: 'LEI',
      reportingTimestamp: '2026-11-21T23:00:00Z',
    });
    expect(outgoingValues(GOOD_VALUES, null, at)['submitterIdentifier']).toBe(
      GOOD_VALUES.submitterIdentifier,
    );
  });
});

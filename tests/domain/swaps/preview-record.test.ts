import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BUILT_IN_REGISTERS } from '../../../domain/cftc/built-in-registers.ts';
import { BUILT_IN_TABLES, type Tables } from '../../../domain/cftc/built-in-tables.ts';
import { parseEntityTable } from '../../../domain/cftc/entities.ts';
import { leiCheckDigits } from '../../../domain/cftc/identifiers.ts';
import { elementBySlot, type RecordValues } from '../../../domain/swaps/record-content.ts';
import { nameSlot, readPart43Event } from '../../../domain/swaps/part43-event.ts';
import { createRecordPreview } from '../../../domain/swaps/preview-record.ts';

const lei = (name: string): string => {
  const first = `TAIN00${name.padEnd(12, '0')}`;
  return first + leiCheckDigits(first);
};
const [DEALER, CLIENT, VENUE, OTHER] = [lei('DEALER'), lei('CLIENT'), lei('VENUE'), lei('OTHER')];
const NEWCOMER = lei('NEWCOMER');

const ENTITIES = parseEntityTable(
  [
    'lei,role,country,calendar,zone,effectiveFrom,usPerson,financialEntity',
    `${DEALER},SD,KR,KR,Asia/Seoul,2020-01-01,false,true`,
    `${CLIENT},OTHER,US,US,America/New_York,2020-01-01,true,false`,
    `${VENUE},SEF,US,US,America/New_York,2020-01-01,,`,
    // Became ours on a day between an execution and its event.
    `${NEWCOMER},SD,US,US,America/New_York,2024-02-24,,`,
  ].join('\n'),
  new Set(['KR', 'US']),
);
const TABLES: Tables = { ...BUILT_IN_TABLES, entities: ENTITIES.table };
const previewOf = createRecordPreview(TABLES, BUILT_IN_REGISTERS);

// A Friday in New York; in Seoul the business day after it is Monday, 26 February.
const SWAP: RecordValues = {
  actionType: 'NEWT',
  eventType: 'TRAD',
  assetClass: 'IR',
  cleared: 'N',
  counterparty1ReportingCounterparty: DEALER,
  counterparty2: OTHER,
  platformIdentifier: 'XOFF',
  executionTimestamp: '2024-02-23T15:00:00Z',
  eventTimestamp: '2024-02-23T15:00:00Z',
  reportingTimestamp: '2024-02-26T14:59:59Z',
  effectiveDate: '2024-02-27',
  expirationDate: '2034-02-27',
  notionalAmountLeg1: '1234567890.50',
  notionalCurrencyLeg1: 'USD',
  primeBrokerageTransactionIndicator: 'False',
  blockTradeElectionIndicator: 'False',
};
const preview = (values: Readonly<Record<string, string | string[] | null>> = {}) => {
  const all = Object.entries({ ...SWAP, ...values });
  return previewOf(
    Object.fromEntries(all.flatMap(([slot, value]) => (value === null ? [] : [[slot, value]]))),
  );
};
const part43 = (values: Record<string, string | string[]>) =>
  readPart43Event({ ...SWAP, ...values }, { assetClass: 'IR', dealer: null });

describe('the preview of a record', () => {
  it('says what is published, at what amount, and what is owed by when', () => {
    const { part43, duties } = preview();
    expect(part43).toMatchObject({
      publication: { outcome: 'public', assumed: ['interAffiliate'] },
      block: { block: true },
      amounts: { known: true, amounts: [{ field: 'notionalAmountLeg1', value: '170000000', capped: true }] },
    });
    expect(duties).toMatchObject({
      named: 'reporting',
      entity: { lei: DEALER },
      // The other party may be a dealer too.
      rule: { answer: 'undetermined', reason: 'premise-unknown' },
      owed: [
        {
          obligation: { kind: 'creation', from: '2024-02-23', dueAt: Date.parse('2024-02-26T14:59:59Z') },
          timeliness: { late: false },
        },
      ],
    });
  });

  it('is late by the second', () => {
    const { owed } = preview({ reportingTimestamp: '2024-02-26T15:00:00Z' }).duties;
    expect(owed[0]!.timeliness).toEqual({ late: true, lateSeconds: 1 });
  });

  it('judges nothing as in time that has no reporting timestamp', () => {
    expect(preview({ reportingTimestamp: null }).duties.owed[0]!.timeliness).toBeNull();
  });

  it.each([
    ['the other party when the rule and the record agree on it', { counterparty2: DEALER }, 'other', DEALER],
    ['nobody when neither is ours', { counterparty2: lei('FOURTH') }, 'none', undefined],
  ])('names %s', (_, values, named, owes) => {
    const { duties } = preview({ ...values, counterparty1ReportingCounterparty: OTHER });
    expect(duties.named).toBe(named);
    // A dealer against a party of unknown role: the record's word stands, and nothing is owed.
    expect(duties.entity).toBeNull();
    expect(duties.rule?.answer).toBe(owes === undefined ? 'not-we' : 'undetermined');
  });

  it('tells when both are ours and the rule names the other one', () => {
    const { duties } = preview({ counterparty1ReportingCounterparty: CLIENT, counterparty2: DEALER });
    expect(duties).toMatchObject({
      named: 'reporting',
      entity: { lei: CLIENT },
      rule: { answer: 'we', entity: { lei: DEALER } },
    });
  });

  it('asks nothing of a party whose new swap the facility reports, and everything of the facility', () => {
    const onFacility = { platformIdentifier: 'TWSF', reportingTimestamp: '2024-02-23T15:00:10Z' };
    expect(preview(onFacility).duties).toMatchObject({ owed: [], byFacility: true });
    expect(preview({ ...onFacility, submitterIdentifier: VENUE }).duties).toMatchObject({
      named: 'facility',
      rule: { answer: 'we', reason: 'facility' },
      owed: [{ obligation: { kind: 'creation', by: VENUE } }],
      byFacility: false,
    });
  });

  it('asks whose a new swap was when it was executed, and whose a change when it was agreed', () => {
    const values = { counterparty1ReportingCounterparty: NEWCOMER, eventTimestamp: '2024-02-26T15:00:00Z' };
    expect(preview(values).duties.named).toBe('none');
    expect(preview({ ...values, actionType: 'MODI' }).duties.named).toBe('reporting');
  });

  it('takes the delay of a dealer where one of ours is one, and names what is missing where not', () => {
    const elected = {
      largeNotionalOffFacilitySwapElectionIndicator: 'True',
      mandatoryClearingIndicator: 'False',
    };
    expect(preview(elected).part43.dissemination).toMatchObject({ kind: 'delayed', table: 'C4' });
    const strangers = { ...elected, counterparty1ReportingCounterparty: CLIENT };
    expect(preview(strangers).part43.dissemination).toMatchObject({
      kind: 'undetermined',
      missing: ['dealer'],
    });
    const ours = preview({ ...strangers, counterparty2: VENUE }).part43.dissemination;
    expect(ours).toMatchObject({ kind: 'delayed', table: 'C6' });
  });

  it('counts a correction from a day that no record tells', () => {
    const { duties } = preview({ actionType: 'CORR', eventType: null });
    expect(duties).toMatchObject({
      owed: [{ obligation: { kind: 'error-correction', gap: 'start-unknown' } }],
      missing: ['discovery'],
    });
  });

  it('names what it takes for granted of a corporate event', () => {
    expect(preview({ actionType: 'MODI', eventType: 'CORP' }).duties.missing).toEqual([
      'whose-corporate-event',
    ]);
    expect(preview({ actionType: 'MODI', eventType: 'TRAD' }).duties.missing).toEqual([]);
  });

  it('owes a valuation for its day, and the margin for its day', () => {
    expect(preview({ actionType: 'VALU', valuationTimestamp: '2024-02-23' }).duties.owed).toMatchObject([
      { obligation: { kind: 'valuation', from: '2024-02-23' } },
    ]);
    expect(preview({ actionType: 'MARU' }).duties.owed).toMatchObject([
      { obligation: { kind: 'collateral' } },
    ]);
  });

  it('says that nothing can be said of a record without a timestamp', () => {
    const nothing = { executionTimestamp: null, eventTimestamp: null, reportingTimestamp: 'soon' };
    expect(preview(nothing)).toMatchObject({
      part43: { dissemination: null, amounts: null },
      duties: { named: 'date-unknown', entity: null, rule: null, owed: [] },
    });
  });

  it('throws for no values at all', () => {
    const slots = [...elementBySlot.keys(), 'mandatoryClearingIndicator', 'assetClass'];
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'NEWT',
        'VALU',
        'True',
        '1',
        '1e9',
        '-',
        '2024-02-29T24:00:00Z',
        '9999-12-31T23:59:59Z',
        DEALER,
      ),
    );
    const record = fc.dictionary(fc.constantFrom(...slots), fc.oneof(cell, fc.array(cell)), { maxKeys: 20 });
    fc.assert(
      fc.property(record, (values) => {
        const { part43, duties } = preview(values);
        expect([part43.publication.reason, duties.named]).not.toContain(undefined);
      }),
    );
  });
});

describe('the part 43 event of a record', () => {
  it.each([
    ['NEWT', 'TRAD', true],
    ['NEWT', 'CLRG', false],
    ['MODI', 'CREV', true],
    ['CORR', '', true],
    ['VALU', '', false],
    ['NEWT', '', null],
    ['NEWT', 'LUNCH', null],
    ['EATS', 'TRAD', null],
  ])('knows of the pair %s %s whether it is public', (actionType, eventType, expected) => {
    expect(part43({ actionType, eventType }).pairIsPublic).toBe(expected);
  });

  it('takes the filled legs, and what grows with them', () => {
    const schedule = 'notionalAmountScheduleNotionalAmountInEffectOnAssociatedEffectiveDateLeg2';
    const event = part43({
      notionalAmountLeg2: '0012.50',
      notionalCurrencyLeg2: 'EUR',
      [schedule]: ['7', '', '5'],
      callAmount: '3',
      callCurrency: 'JPY',
      totalNotionalQuantityLeg1: '99999999999999999999.99999',
    });
    expect(event.legs.map(({ field, currency }) => [field, currency])).toEqual([
      ['notionalAmountLeg1', 'USD'],
      ['notionalAmountLeg2', 'EUR'],
    ]);
    expect(event.related.map(({ value, currency }) => [value, currency])).toEqual([
      ['7', 'EUR'],
      ['5', 'EUR'],
      ['3', 'JPY'],
    ]);
    expect(nameSlot(schedule)).toMatch(/^#33 .*-Leg 2$/);
  });

  it('has no legs where one of them is not available yet', () => {
    expect(part43({ notionalAmountLeg2: '99999999999999999999.99999' }).legs).toEqual([]);
  });

  it.each([
    [{ cleared: 'I' }, false],
    [{ cleared: 'N' }, null],
    [{ cleared: 'I', clearingExceptionsAndExemptionsCounterparty2: ['ENDU'] }, true],
  ])('of %j knows whether an exception from clearing was taken', (values, expected) => {
    expect(part43(values as Record<string, string | string[]>).clearingException).toBe(expected);
  });

  it('mirrors nothing outside of prime brokerage, and perhaps something within', () => {
    expect(part43({}).mirrorSwap).toBe(false);
    expect(part43({ primeBrokerageTransactionIndicator: 'True' }).mirrorSwap).toBeNull();
  });
});

import { describe, expect, it } from '@jest/globals';
import { CONDITIONAL_RULES } from '../../../domain/cftc/conditional-rules.ts';
import { elementByNumber, ELEMENTS, type Element } from '../../../domain/cftc/elements.ts';
import { PROFILES, type ProfileName } from '../../../domain/cftc/profiles.ts';
import { PRODUCT_COLUMNS } from '../../../domain/swaps/column-slots.ts';
import { recogniseHeader, type Layout } from '../../../domain/swaps/header.ts';
import { createJudge } from '../../../domain/swaps/judge.ts';
import { record } from '../../support/csv-record.ts';
import { LEI, OTHER_LEI } from '../../support/good-record.ts';
import { REALISTIC_RECORDS, type RealisticRecord } from '../../support/realistic-records.ts';

/** The issues of a record in a file that has its columns alone, as "rule element". */
function issuesOf(one: RealisticRecord, profile: ProfileName): string[] {
  // A submission names a swap by one of the two; a margin of a portfolio leaves both blank.
  const all: RealisticRecord = { '#102': '', '#103': '', ...one };
  const layout = recogniseHeader(Object.keys(all)) as Layout;
  expect(layout.unknownColumns).toEqual([]);
  const judge = createJudge(layout, { profile: PROFILES[profile], submittedOn: '2026-11-20' });
  return judge(record(Object.values(all).join())).issues.map(
    ({ ruleId, element, params }) => `${ruleId} #${element} ${JSON.stringify(params)}`,
  );
}

describe('the conditional rules', () => {
  it.each(Object.entries(REALISTIC_RECORDS))('find no fault with %s', (_name, one) => {
    expect(issuesOf(one, 'spec')).toEqual([]);
    expect(issuesOf(one, 'strict')).toEqual([]);
  });
});

const ALL_COLUMNS = ELEMENTS.flatMap(({ number, legs, streams }) =>
  (streams ? ['', 'fixedRate', 'floatingRate'] : ['']).flatMap((stream) =>
    (legs ? ['Leg1', 'Leg2'] : ['']).map((leg) => ({ number, name: `${stream}#${number}${leg}` })),
  ),
);
const PRODUCT = ['assetClass', 'messageType', ...Object.keys(PRODUCT_COLUMNS)];
/** Columns of a submission, and of a file that a repository publishes. */
const SUBMITTED = ALL_COLUMNS.filter(({ number }) => !number.startsWith('D')).map(({ name }) => name);
const PUBLISHED = ALL_COLUMNS.filter(({ number }) => !['102', '103'].includes(number)).map(
  ({ name }) => name,
);

function createCheck(columns: readonly string[], profile: ProfileName): (one: RealisticRecord) => string[] {
  const judge = createJudge(recogniseHeader(columns) as Layout, { profile: PROFILES[profile] });
  return (one) => {
    const { issues } = judge(record(columns.map((column) => one[column] ?? '').join()));
    return issues.map(({ ruleId }) => ruleId);
  };
}
const strict = createCheck([...SUBMITTED, ...PRODUCT], 'strict');
const published = createCheck([...PUBLISHED, ...PRODUCT], 'public');

const ON_PUBLIC: RealisticRecord = {
  ...REALISTIC_RECORDS['IR fixed-float'],
  '#D1': 'A1',
  '#D4': 'NA/Swap OIS USD',
  '#D5': 'USD-SOFR',
};
const SAMPLES: Partial<Record<Element['format']['kind'], string>> = {
  boolean: 'True',
  party: OTHER_LEI,
  lei: OTHER_LEI,
  num: '1',
  notated: '1',
  date: '2026-11-24',
  timestamp: '2026-11-20T14:05:00Z',
  dateOrTimestamp: '2026-11-20',
  currency: 'USD',
  currencyPair: 'EUR/USD',
  currencyOrPair: 'USD',
  country: 'HK',
  uti: `${LEI}X1`,
  upi: 'QZ8C74WSCNR8',
  mic: 'XOFF',
};
const sampleOf = (number: string): string => {
  const { format, allowed } = elementByNumber.get(number)!;
  return (allowed?.kind === 'codes' ? allowed.codes[0] : SAMPLES[format.kind]) ?? 'A1';
};

/** Every record with one value blanked, and with one more value. */
function* mutate(one: RealisticRecord): Generator<RealisticRecord> {
  for (const { number, name } of ALL_COLUMNS)
    yield { ...one, [name]: (one[name] ?? '') === '' ? sampleOf(number) : '' };
}

/** Rules that no single blank or added value breaks, with a record and what breaks them in it. */
const BREAKING: Readonly<Record<string, readonly [record: string, change: RealisticRecord]>> = {
  'agrees.2': ['a beta', { '#2': OTHER_LEI }],
  'agrees.13': ['IR fixed-float', { '#13': 'OURSELVES1' }],
  'agrees.14': ['IR fixed-float', { '#14': LEI }],
  'agrees.14.lei': ['IR fixed-float', { '#14': 'CLIENT7' }],
  'agrees.14.npid': ['a swap with a natural person', { '#15': 'NPID' }],
  'agrees.18': ['CR single name', { '#18': 'CLIENT7' }],
  'agrees.19': ['CR single name', { '#19': 'CLIENT7' }],
  'agrees.19.seller': ['CR single name', { '#19': LEI }],
  'agrees.20': ['IR fixed-float', { '#20Leg2': 'CLIENT7' }],
  'agrees.21': ['IR fixed-float', { '#21Leg1': 'CLIENT7' }],
  'agrees.21.receiver': ['IR fixed-float', { '#21Leg2': OTHER_LEI }],
  'agrees.26': ['IR fixed-float', { '#26': 'VALU', messageType: 'transaction' }],
  'agrees.30': ['IR fixed-float', { '#30': '2026-11-20T14:04:59Z' }],
  'agrees.31': ['FX option', { '#31Leg1': '1000001' }],
  'agrees.32': ['FX option', { '#32Leg1': 'JPY' }],
  'agrees.35': ['IR amortising', { '#35Leg1': '2028-11-24;2028-11-24' }],
  'agrees.56': ['IR zero coupon, paid at the end', { '#56Leg2': '2' }],
  'agrees.64': ['IR zero coupon, paid at the end', { 'fixedRate#64Leg1': '2' }],
  'agrees.77.pair': ['FX option', { '#77': 'USD' }],
  'agrees.77.single': ['EQ option', { '#77': 'EUR/USD' }],
  'agrees.82': ['FX option', { '#82': '2027-11-25' }],
  'agrees.83': ['CR tranche', { '#84': '0.0300' }],
  'agrees.87': ['IR fixed-float', { '#87': 'IRSWAPUSD001' }],
  'agrees.88': ['IR fixed-float', { '#88': '2031-11-23' }],
  'agrees.95': ['IR fixed-float', { '#95': '2026-11-23' }],
  'agrees.97': ['IR fixed-float', { '#97': '2026-11-20T14:04:59Z' }],
  'agrees.26.valuation': ['a valuation', { '#26': 'NEWT', messageType: 'valuation' }],
  'agrees.112.valuation': ['a valuation by the clearing house', { '#1': 'N' }],
  'required.36': ['FX option', { '#36': '', '#37': '', '#38': '', '#39': '' }],
  'required.38': ['FX option', { '#36': '', '#37': '', '#38': '', '#39': '' }],
  'required.26.valuation': ['a valuation', { '#26': '', messageType: 'valuation' }],
  'required.26.collateral': ['margin UNCL', { '#26': '', messageType: 'collateral' }],
  'blank.7.event': ['a beta', { '#26': 'TERM', '#7': '1031234567ABC' }],
  'blank.48.notation': ['IR in a package with a monetary price', { '#49': '3' }],
  'agrees.26.collateral': ['margin UNCL', { '#26': 'NEWT', messageType: 'collateral' }],
  'agrees.30.collateral': ['margin UNCL', { '#30': '2026-11-20T00:00:01Z' }],
};

describe('a file', () => {
  const fixedFloat = REALISTIC_RECORDS['IR fixed-float']!;
  const equity = REALISTIC_RECORDS['EQ price return']!;

  it('without a column for the notional of leg 1 is told that it is missing', () => {
    const { '#31Leg1': amount, '#32Leg1': currency, ...rest } = fixedFloat;

    expect(issuesOf({ ...rest, '#31Leg2': amount!, '#32Leg2': currency! }, 'spec')).toEqual([
      'required.31 #31 {}',
      'required.32 #32 {}',
    ]);
  });

  it('is told the value that stands in the way where another direction is given too', () => {
    const layout = recogniseHeader(Object.keys({ ...fixedFloat, '#18': '' })) as Layout;
    const given = { ...fixedFloat, '#20Leg1': '', '#20Leg2': '', '#18': LEI };
    const [issue] = createJudge(layout, { profile: PROFILES.spec })(
      record(Object.values(given).join()),
    ).issues.filter(({ ruleId }) => ruleId === 'agrees.20.direction');

    expect(issue).toMatchObject({ element: '21', params: { '#18': LEI } });
    expect(issue!.value).not.toBeNull();
    expect(issue!.params).not.toHaveProperty('#21');
  });

  it('may have the day count without its stream, beside payments that have one', () => {
    const split = Object.entries(equity).filter(([name]) => name !== 'floatingRate#53Leg2');
    const record = { ...Object.fromEntries(split), '#53Leg2': 'A004' };

    expect(issuesOf(record, 'spec')).toEqual([]);
    expect(issuesOf({ ...record, '#53Leg2': '' }, 'spec')).toEqual(['required.53 #53 {}']);
  });
});

describe('a column of the product', () => {
  it.each(['UPI.instrumentType', 'UPI.InstrumentType', 'upi.INSTRUMENTTYPE'])('may be named %s', (name) => {
    const { 'UPI.instrumentType': type, ...rest } = REALISTIC_RECORDS['IR fixed-float']!;

    expect(issuesOf({ ...rest, [name]: type! }, 'spec')).toEqual([]);
  });
});

describe('an FX option with one amount', () => {
  const both = REALISTIC_RECORDS['FX option']!;
  const put = { ...both, '#36': '', '#37': '', '#31Leg1': '1087500', '#32Leg1': 'USD' };
  const call = { ...both, '#38': '', '#39': '' };

  it.each([
    ['put', put],
    ['call', call],
  ])('has its notional in the %s amount and currency', (_, one) => {
    expect(strict(one)).toEqual([]);
    expect(strict({ ...one, '#31Leg1': '555' })).toEqual(['agrees.31']);
    expect(strict({ ...one, '#32Leg1': 'GBP' })).toEqual(['agrees.32']);
  });

  it('is told of a currency that is missing only once', () => {
    expect(strict({ ...put, '#39': '' })).toEqual(['required.39']);
    expect(strict({ ...both, '#37': '' })).toEqual(['required.37']);
  });

  it('is told of amounts that are both missing, and of nothing that hangs on them', () => {
    expect(strict({ ...put, '#38': '', '#39': '' })).toEqual(['required.36', 'required.38']);
  });
});

describe('every conditional rule', () => {
  const found = new Set<string>();
  for (const one of Object.values(REALISTIC_RECORDS))
    for (const mutant of mutate(one)) for (const id of strict(mutant)) found.add(id);
  for (const action of ['NEWT', 'CORR', 'VALU'])
    for (const mutant of mutate({ ...ON_PUBLIC, '#26': action }))
      for (const id of published(mutant)) found.add(id);
  const bySign = CONDITIONAL_RULES.map(({ id }) => id).filter((id) => !(id in BREAKING));

  it('is broken by a change of one value in a record that kept it', () => {
    expect(published(ON_PUBLIC)).toEqual([]);
    expect(bySign.filter((id) => !found.has(id))).toEqual([]);
  });

  it.each(Object.entries(BREAKING))('%s is broken by what it forbids', (id, [name, change]) => {
    const kept = REALISTIC_RECORDS[name]!;

    expect(strict(kept)).toEqual([]);
    expect(strict({ ...kept, ...change })).toContain(id);
  });

  it.each([
    [{ '#26': 'VALU', '#27': '' }, 'agrees.26.dissemination'],
    [{ '#26': 'MARU', '#27': '' }, 'agrees.26.dissemination'],
    [{ '#26': 'PRTO', '#27': '' }, 'required.27.dissemination'],
  ])('keeps from the public what is for the regulator alone: %j', (change, id) => {
    expect(published({ ...ON_PUBLIC, ...change })).toContain(id);
  });

  it('has an id of its own', () => {
    expect(new Set(CONDITIONAL_RULES.map(({ id }) => id)).size).toBe(CONDITIONAL_RULES.length);
  });
});

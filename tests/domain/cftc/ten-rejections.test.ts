/** Ten rejections as a person reads them, from the line of a file to the sentence in both languages. */
import { describe, expect, it } from '@jest/globals';
import { explainIssue } from '../../../domain/cftc/explain-issue.ts';
import { recogniseHeader, type Layout } from '../../../domain/swaps/header.ts';
import { createJudge } from '../../../domain/swaps/judge.ts';
import { record } from '../../support/csv-record.ts';
import { GOOD_VALUES, LEI, OTHER_LEI } from '../../support/good-record.ts';

/** A good record, of which the columns that go wrong here are named as the specification names them. */
const NAMES: Readonly<Record<string, string>> = {
  actionType: 'Action type',
  uniqueTransactionIdentifierUti: 'Unique transaction identifier (UTI)',
  cleared: 'Cleared',
  effectiveDate: 'Effective date',
  executionTimestamp: 'Execution timestamp',
  submitterIdentifier: 'Submitter identifier',
  notionalAmountLeg1: 'Notional amount',
  notionalCurrencyLeg1: 'Notional currency',
};
const GOOD: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(GOOD_VALUES).map(([key, value]) => [NAMES[key] ?? key, value])),
  'Other payment type': 'UFRO',
  'Other payment amount': '500.00',
  'Other payment currency': 'USD',
  'Other payment date': '2026-11-24',
  'Other payment payer': LEI,
  'Other payment receiver': OTHER_LEI,
};

const judgeRecord = createJudge(recogniseHeader(Object.keys(GOOD)) as Layout);
const judge = (text: string) => judgeRecord(record(text));
const withValue = (column: string, value: string): string =>
  Object.values({ ...GOOD, [column]: value }).join(',');

const REJECTIONS: readonly [line: string, english: string, korean: string][] = [
  [
    withValue('Action type', 'newt'),
    '#26 Action type: "newt" is not spelt as the code is; write "NEWT", in capitals and without blanks.',
    '#26 Action type: "newt" 값의 표기가 코드와 다릅니다. 공백 없이 대문자로 다음과 같이 입력하십시오: "NEWT".',
  ],
  [
    withValue('Unique transaction identifier (UTI)', 'SHORT'),
    '#103 Unique transaction identifier (UTI): "SHORT" has 5 characters; ' +
      'write a UTI of 21 to 52, an LEI followed by up to 32 letters and digits.',
    '#103 Unique transaction identifier (UTI): "SHORT" 값은 5자입니다. ' +
      'LEI 뒤에 영문자와 숫자를 32자까지 붙인 21~52자의 UTI를 입력하십시오.',
  ],
  [
    withValue('Cleared', 'maybe'),
    '#1 Cleared: "maybe" is not an allowed code; write one of Y, N, I.',
    '#1 Cleared: "maybe" 값은 허용된 코드가 아닙니다. 다음 중 하나를 입력하십시오: Y, N, I.',
  ],
  [
    withValue('Effective date', '2026-02-30'),
    '#94 Effective date: "2026-02-30" is a day that the calendar does not have; correct the date.',
    '#94 Effective date: "2026-02-30" 값은 달력에 없는 날짜입니다. 날짜를 수정하십시오.',
  ],
  [
    withValue('Execution timestamp', '20.11.2026 14:05'),
    '#96 Execution timestamp: "20.11.2026 14:05" is not written as a timestamp; ' +
      'write it in UTC as YYYY-MM-DDThh:mm:ssZ, like 2026-11-20T14:05:00Z.',
    '#96 Execution timestamp: "20.11.2026 14:05" 값은 타임스탬프 형식이 아닙니다. ' +
      '2026-11-20T14:05:00Z처럼 YYYY-MM-DDThh:mm:ssZ 형식의 UTC 시각으로 입력하십시오.',
  ],
  [
    withValue('Submitter identifier', '5493001KJTIIGC8Y1R13'),
    '#22 Submitter identifier: "5493001KJTIIGC8Y1R13" has wrong check digits for an LEI; ' +
      'look for a mistyped character, or look the LEI up again.',
    '#22 Submitter identifier: "5493001KJTIIGC8Y1R13" 값의 LEI 검증 숫자가 맞지 않습니다. ' +
      '오타를 확인하거나 LEI를 다시 조회하여 수정하십시오.',
  ],
  [
    withValue('Notional amount', '1e6'),
    '#31 Notional amount: "1e6" is not a decimal number; write digits with an optional point, like 1000000.50, ' +
      'without blanks, signs of currency or an exponent.',
    '#31 Notional amount: "1e6" 값은 십진수가 아닙니다. ' +
      '공백, 통화 기호, 지수 표기 없이 1000000.50처럼 숫자와 소수점만 입력하십시오.',
  ],
  [
    withValue('Notional currency', 'XQX'),
    '#32 Notional currency: "XQX" is not a currency code of ISO 4217; write one like USD.',
    '#32 Notional currency: "XQX" 값은 ISO 4217 통화 코드가 아닙니다. USD와 같은 코드를 입력하십시오.',
  ],
  [
    withValue('Other payment type', 'UFRO;UWIN'),
    '#58 Other payment amount: there is 1 value where "Other payment type" has 2; ' +
      'give both the same number, separated by ";".',
    '#58 Other payment amount: "Other payment type" 열의 값은 2개인데 이 열의 값은 1개입니다. ' +
      '";"로 구분하여 두 열의 값을 같은 개수로 입력하십시오.',
  ],
  [
    'NEWT,x',
    'The record has 2 fields where the header has 46; ' +
      'add or remove commas, and put values that contain a comma in double quotes.',
    '헤더의 필드는 46개인데 이 레코드의 필드는 2개입니다. ' +
      '쉼표를 더하거나 빼고, 쉼표가 들어 있는 값은 큰따옴표로 묶으십시오.',
  ],
];

describe('ten different rejections', () => {
  it('break ten different rules, and the record without mistakes none', () => {
    const rules = REJECTIONS.map(([line]) => judge(line).issues[0]?.ruleId);

    expect(new Set(rules).size).toBe(10);
    expect(judge(Object.values(GOOD).join(','))).toMatchObject({ accepted: true, issues: [] });
  });

  it.each(REJECTIONS)('of %s say in both languages what to change', (line, english, korean) => {
    const { accepted, issues } = judge(line);

    expect(accepted).toBe(false);
    expect(issues.map((issue) => explainIssue(issue, 'en'))).toEqual([english]);
    expect(issues.map((issue) => explainIssue(issue, 'ko'))).toEqual([korean]);
  });
});

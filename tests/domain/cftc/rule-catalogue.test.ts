import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { CONFIDENCES, RULE_LEVELS } from '../../../contracts/rules.ts';
import { SEVERITIES } from '../../../contracts/issues.ts';
import { RULE_TEXTS } from '../../../contracts/texts/describe-rules.ts';
import { LANGUAGES } from '../../../contracts/texts/shape.ts';
import { createValueCheck } from '../../../domain/cftc/check-value.ts';
import { CONDITIONAL_RULES } from '../../../domain/cftc/conditional-rules.ts';
import { conditionalityOf } from '../../../domain/cftc/conditionality.ts';
import { elementByNumber, ELEMENTS } from '../../../domain/cftc/elements.ts';
import { formatRulesOf } from '../../../domain/cftc/format-rules.ts';
import { nearestRules } from '../../../domain/cftc/nearest-rules.ts';
import { catalogueRuleById, RULE_CATALOGUE, rulesOfElement } from '../../../domain/cftc/rule-catalogue.ts';
import { findGap, RULE_GAPS } from '../../../domain/cftc/rule-gaps.ts';
import { RULES } from '../../../domain/cftc/rules.ts';

const rule = (id: string) => catalogueRuleById.get(id)!;

describe('the catalogue', () => {
  it('has every rule once', () => {
    expect(RULE_CATALOGUE.length).toBe(Object.keys(RULES).length + CONDITIONAL_RULES.length);
    expect(catalogueRuleById.size).toBe(RULE_CATALOGUE.length);
  });

  it('rejects nobody by what is commonly known or by our conclusions', () => {
    const errors = RULE_CATALOGUE.filter(({ severity }) => severity === 'error');

    expect(errors.length).toBeGreaterThan(400);
    expect(
      errors.filter(({ confidence }) => confidence !== 'source' && confidence !== 'own').map(({ id }) => id),
    ).toEqual([]);
  });

  it('names the rules that no file alone can break', () => {
    expect(RULE_CATALOGUE.filter(({ ledgerOnly }) => ledgerOnly).map(({ id }) => id)).toEqual([
      'sequence.action-part-43',
      'sequence.linked-swap-unknown',
      'sequence.portfolio-unknown',
    ]);
  });

  it('says of a rule about a value that may be blank that it holds where the value is given', () => {
    expect(rule('agrees.2').text).toEqual({
      en: 'Where given, Central counterparty (#2) must equal Counterparty 1 (reporting counterparty) (#13). Applies to transaction reports.',
      ko: '값을 입력한 경우 Central counterparty (#2) 값이 Counterparty 1 (reporting counterparty) (#13) 값과 같아야 합니다. 적용 대상: 거래 보고.',
    });
    expect(rule('agrees.26.valuation').text.en).not.toContain('Where given');
  });

  it('says as of when a currency must be in use, by the list or by the day of the swap', () => {
    expect(rule('code.currency-withdrawn').text.en).toMatch(/February 2026.*code\.currency-expired/);
    expect(rule('code.currency-withdrawn').text.ko).toMatch(/2026년 2월.*code\.currency-expired/);
  });

  it('gives every rule elements that exist, a citation, and a scope', () => {
    for (const { id, level, elements, citation, appliesTo, effectiveFrom, confidence } of RULE_CATALOGUE) {
      for (const number of elements) expect(elementByNumber.has(number)).toBe(true);
      if (level === 'conditional' || level === 'sequence')
        expect([id, elements.length > 0]).toEqual([id, true]);
      expect(citation.length).toBeGreaterThan(5);
      expect(appliesTo.messages.length * appliesTo.assetClasses.length).toBeGreaterThan(0);
      // How values are written is judged whatever the day.
      if (confidence === 'own') expect(effectiveFrom).toBeNull();
      else if (level === 'conditional' || effectiveFrom !== null)
        expect(effectiveFrom).toMatch(/^20\d{2}-\d{2}-\d{2}$/);
    }
  });

  it('dates the rules of the UPI from the version that brought it', () => {
    for (const id of ['format.upi-check', 'required.87', 'required.D4'])
      expect(rule(id === 'required.D4' ? 'required.D4.dissemination' : id).effectiveFrom).toBe('2024-01-29');
    expect(rule('format.date').effectiveFrom).toBeNull();
    expect(ELEMENTS.filter(({ since }) => since === '3.2').map(({ number }) => number)).toEqual([
      '87',
      'D4',
      'D5',
    ]);
  });

  it('finds the rules of an element, those that blame it first', () => {
    const ids = rulesOfElement('67').map(({ id }) => id);

    expect(ids).toEqual(expect.arrayContaining(['format.decimal', 'required.67.IR', 'required.73.IR']));
    expect(ids.indexOf('required.67.CO')).toBeLessThan(ids.indexOf('required.57'));
    expect(rulesOfElement('129')).toEqual([]);
  });
});

describe('the sentences of the rules', () => {
  test.each(LANGUAGES)('in %s are sentences without gaps', (language) => {
    for (const { id, text } of RULE_CATALOGUE) {
      const said = text[language];
      expect([id, /^\S.*\.$/.test(said)]).toEqual([id, true]);
      expect(said).not.toMatch(/undefined|null|\$\{|\(\)|  /);
      expect(said.split('(').length).toBe(said.split(')').length);
      expect(said.length).toBeLessThan(700);
      if (language === 'ko') expect(said).toMatch(/(다|까)\./);
    }
  });

  test.each(LANGUAGES)('in %s differ from rule to rule', (language) => {
    const said = RULE_CATALOGUE.map(({ text }) => text[language]);

    expect(new Set(said).size).toBe(said.length);
  });

  test('name every element that a conditional rule looks at, in both languages', () => {
    for (const { text, elements, level } of RULE_CATALOGUE.filter((one) => one.level === 'conditional'))
      for (const number of elements)
        for (const language of LANGUAGES)
          expect([level, number, text[language].includes(`(#${number})`)]).toEqual([level, number, true]);
  });

  test.each([
    ['required.2', 'Central counterparty (#2) must be given when Cleared (#1) is Y.'],
    ['agrees.18', 'must equal Counterparty 1 (reporting counterparty) (#13) or Counterparty 2 (#14).'],
    ['agrees.30', 'Event timestamp (#30) must not be before Execution timestamp (#96).'],
    ['required.42', 'when Quantity frequency (#41) is given and is not ONDE or ADHO.'],
    ['blank.2', 'Judged under the profile strict only.'],
  ])('of %s are plain English', (id, said) => {
    expect(rule(id).text.en).toContain(said);
  });

  test.each([
    ['required.2', 'Cleared (#1) 값이 Y이면 Central counterparty (#2) 값을 입력해야 합니다.'],
    ['agrees.18', '(#13) 값 또는 Counterparty 2 (#14) 값과 같아야 합니다.'],
    ['agrees.30', 'Event timestamp (#30) 값이 Execution timestamp (#96) 값보다 빠르지 않아야 합니다.'],
    ['required.42', '값이 있고 ONDE, ADHO 코드가 아니면'],
    ['blank.2', 'strict 프로필에서만 검사합니다.'],
  ])('of %s are natural Korean', (id, said) => {
    expect(rule(id).text.ko).toContain(said);
  });

  test('have a name and a meaning for every mark', () => {
    for (const language of LANGUAGES) {
      const { levels, severities, confidences } = RULE_TEXTS[language];
      expect(Object.keys(levels)).toEqual([...RULE_LEVELS]);
      expect(Object.keys(severities)).toEqual([...SEVERITIES]);
      expect(Object.keys(confidences)).toEqual([...CONFIDENCES]);
    }
  });
});

const LEI = '5493001KJTIIGC8Y1R12';
/** Values of which each is wrong somewhere. */
const WRONG = [
  ...[
    '',
    'x',
    '?',
    '-1',
    '1.5',
    '9'.repeat(30),
    'newt',
    'hk',
    'usd',
    'CNH',
    'DEM',
    'XQX',
    'USDEUR',
    'USD/EUR/',
  ],
  ...['EUR/XQX', 'EUR/DEM', 'EUR/CNH', 'EUR/usd', 'y', 'cftc', ' Y ', 'QZ', 'QZ0123456789', 'QZ1234567890'],
  ...[
    'A'.repeat(300),
    LEI.replace('12', '13'),
    `${LEI.replace('12', '13')}ABC`,
    `${LEI}abc`,
    LEI.toLowerCase(),
  ],
  ...ELEMENTS.flatMap(({ allowed }) => (allowed?.kind === 'codes' ? allowed.codes : [])).map(
    (one) => ` ${one}`,
  ),
];

/** Rules of values that the value alone cannot break: the members of a set are counted in the record. */
const JUDGED_ELSEWHERE: readonly string[] = [
  'record.set-count',
  'format.mic-unknown',
  'format.upi-unknown',
  'format.lei-unknown',
  'format.lei-lapsed',
  'code.currency-expired',
];

describe('the rules of a format', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.stringMatching(/^[A-Z0-9]{0,60}$/),
    fc.stringMatching(/^-?[0-9]{1,30}(\.[0-9]{0,15})?$/),
    fc.constantFrom(
      '',
      'CNH',
      'DEM',
      'usd',
      'EUR/XQX',
      'EUR/DEM',
      'newt',
      '2024-02-30',
      'hk',
      'QZ0123456789',
    ),
    fc.constantFrom('5493001KJTIIGC8Y1R13', '5493001KJTIIGC8Y1R12abc', '5493001kjtiigc8y1r12ABC'),
  );

  test.each(ELEMENTS.map((element) => [element.number, element] as const))(
    'are all that a value of #%s can break',
    (_, element) => {
      const check = createValueCheck(element, 'submission');
      // An empty text comes from lists alone: a blank cell is not looked at.
      const known = new Set<string>([...formatRulesOf(element), 'format.empty']);
      fc.assert(
        fc.property(text, fc.constantFrom(undefined, '1', '3', '4'), (value, notation) => {
          const found = check(value, notation);
          return found === null || known.has(found.ruleId);
        }),
      );
    },
  );

  test.each(ELEMENTS.map((element) => [element.number, element] as const))(
    'of #%s can each be broken',
    (_, element) => {
      const check = createValueCheck(element, 'submission');
      const broken = new Set(
        WRONG.flatMap((value) => ['1', '4'].map((notation) => check(value, notation)?.ruleId)),
      );
      const expected = formatRulesOf(element).filter((id) => !JUDGED_ELSEWHERE.includes(id));

      expect(expected.filter((id) => !broken.has(id))).toEqual([]);
    },
  );

  it('name the elements that they are about', () => {
    for (const { id, level, elements } of RULE_CATALOGUE)
      if (level === 'format') expect([id, elements.length > 0]).toEqual([id, true]);
    expect(rule('format.mic').elements).toEqual(['98']);
    expect(rule('record.set-count').elements).toEqual('33 34 35 57 58 59 60 61 62'.split(' '));
  });
});

describe('the conditionality of an element', () => {
  test.each([
    ['1', 'transaction', 'IR', 'M'],
    ['2', 'transaction', 'IR', 'C'],
    ['65', 'transaction', 'FX', 'M'],
    ['65', 'transaction', 'IR', 'NR'],
    ['90', 'transaction', 'CR', 'O'],
    ['90', 'valuation', 'CR', 'NR'],
    ['110', 'valuation', 'EQ', 'M'],
    ['110', 'transaction', 'EQ', 'NR'],
    ['87', 'transaction', 'CO', 'O'],
    ['D1', 'dissemination', 'CO', 'M'],
    ['D1', 'transaction', 'CO', 'NR'],
    ['13', 'dissemination', 'CO', 'NR'],
    ['129', 'transaction', 'CO', 'NR'],
  ] as const)('#%s in a %s report of %s is %s', (number, message, assetClass, expected) => {
    expect(conditionalityOf(number, message, assetClass)).toBe(expected);
  });
});

/** Elements that the specification leaves to the reporter wherever they may stand. */
const OPTIONAL = ['11', '12', '40', '63', '86', '90', '106', '107', '108'];

describe('the coverage', () => {
  it('leaves no element without a rule of formats and a conditional one, or a written reason', () => {
    const bare = ELEMENTS.flatMap((element) => {
      const { number } = element;
      const hasConditional = CONDITIONAL_RULES.some((one) => one.element === number && one.kind !== 'blank');
      return [
        ...(formatRulesOf(element).length > 0 || findGap(number, 'format') ? [] : [`${number} format`]),
        ...(hasConditional || OPTIONAL.includes(number) || findGap(number, 'conditional')
          ? []
          : [`${number} conditional`]),
      ];
    });

    expect(bare).toEqual([]);
  });

  it('gives reasons only for elements that exist, and none twice', () => {
    const named = RULE_GAPS.map(({ element, about }) => `${element} ${about}`);

    expect(new Set(named).size).toBe(named.length);
    for (const { element, reason } of RULE_GAPS) {
      expect(elementByNumber.has(element)).toBe(true);
      for (const language of LANGUAGES) expect(reason[language]).toMatch(/\.$/);
    }
  });
});

describe('the rules nearest to a name', () => {
  it('are what was probably meant', () => {
    expect(nearestRules('format.leicheck')[0]).toBe('format.lei-check');
    expect(nearestRules('REQUIRED.67.ir')[0]).toBe('required.67.IR');
    expect(nearestRules('requird.67')).toEqual(['required.67.CR', 'required.67.IR', 'required.67.CO']);
  });

  it('are found for any text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 5000 }), (text) => nearestRules(text).length === 3));
  });
});

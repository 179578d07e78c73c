import { describe, expect, test } from '@jest/globals';
import {
  describeGap,
  describePublication,
  describeTableProblem,
  PREVIEW_TEXTS,
} from '../../../../contracts/texts/describe-part43.ts';
import { GAPS_EN } from '../../../../contracts/texts/part43-en.ts';
import { LANGUAGES, type Language } from '../../../../contracts/texts/shape.ts';
import { TABLE_PROBLEMS_EN } from '../../../../contracts/texts/tables-en.ts';
import type { DueGap } from '../../../../domain/cftc/obligations.ts';
import type { AmountGap } from '../../../../domain/cftc/part43/amounts.ts';
import type { BlockAnswer } from '../../../../domain/cftc/part43/blocks.ts';
import { parseCapTable } from '../../../../domain/cftc/part43/caps.ts';
import type { Dissemination } from '../../../../domain/cftc/part43/delays.ts';
import { PUBLICATION_REASONS, type PublicationReason } from '../../../../domain/cftc/part43/reasons.ts';
import type { TableProblemCode } from '../../../../domain/csv/table.ts';

type Gap =
  | AmountGap
  | DueGap
  | Extract<BlockAnswer, { block: null }>['gap']
  | Extract<Dissemination, { kind: 'undetermined' }>['missing'][number];
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

// Contracts know nothing of the domain: that they have its codes, and no others, does not compile otherwise.
const sameGaps: Same<Gap, keyof typeof GAPS_EN> = true;
const sameProblems: Same<TableProblemCode, keyof typeof TABLE_PROBLEMS_EN> = true;

const isKorean = (text: string, language: Language): boolean =>
  /[가-힣]{2}/.test(text) === (language === 'ko');
const saysWhatToDo = (text: string, language: Language): boolean =>
  language === 'en' ? /; \w/.test(text) : /십시오[.:]/.test(text);

describe('the words of tables and previews', () => {
  test('are there for every code', () => {
    expect([sameGaps, sameProblems]).toEqual([true, true]);
    for (const language of LANGUAGES) {
      for (const reason of Object.keys(PUBLICATION_REASONS) as PublicationReason[]) {
        expect(describePublication(reason, language)).toMatch(/\.$/);
        expect(isKorean(describePublication(reason, language), language)).toBe(true);
      }
    }
  });

  test.each(LANGUAGES)('in %s say what to do', (language) => {
    for (const gap of Object.keys(GAPS_EN) as Gap[]) {
      const text = describeGap(gap, language);
      expect(`${text} ${isKorean(text, language) && saysWhatToDo(text, language)}`).toMatch(/ true$/);
    }
    for (const problem of Object.keys(TABLE_PROBLEMS_EN) as TableProblemCode[]) {
      const text = describeTableProblem(
        { line: 7, field: 'size', value: '5e6', problem, allowed: '> 0' },
        language,
      );
      expect(`${text} ${isKorean(text, language) && saysWhatToDo(text, language)}`).toMatch(/ true$/);
      expect(text).not.toMatch(/"5e6"[가-힣]|undefined|null/);
    }
  });

  test('around a preview say as much in Korean as in English', () => {
    // Functions are asked with what must come out again.
    const say = (texts: object, path: string): [string, string][] =>
      Object.entries(texts).flatMap(([name, text]: [string, unknown]): [string, string][] => {
        const place = `${path}.${name}`;
        if (typeof text === 'string') return [[place, text]];
        if (typeof text !== 'function') return say(text as object, place);
        const args = ['<1>', '<2>', '<3>', '<4>'].slice(0, text.length);
        return [[place, (text as (...words: string[]) => string)(...args)]];
      });
    const [english, korean] = [say(PREVIEW_TEXTS.en, ''), say(PREVIEW_TEXTS.ko, '')];
    const shown = (texts: [string, string][]): [string, string[]][] =>
      texts.map(([place, text]) => [place, (text.match(/<\d>|#\d+/g) ?? []).sort()]);
    expect(shown(korean)).toEqual(shown(english));
    for (const [place, text] of korean) expect(`${place} ${/[가-힣]/.test(text)}`).toMatch(/ true$/);
    for (const [, text] of korean) expect(text).not.toMatch(/<\d>[은는이가을를으로와과]/);
    for (const [, text] of english) expect(text).not.toMatch(/[가-힣]/);
  });

  test('name line, column and value of a fault, without the control characters of the file', () => {
    const { problems } = parseCapTable(
      'assetClass,category,effectiveFrom,size,citation\nEQ,*,2024-10-07,\u001b[31m5,notice\nEQ,*,2024-10-07\n',
    );
    expect(problems.map((problem) => describeTableProblem(problem, 'en'))).toEqual([
      'Line 2, column size: "\\u001b[31m5" is not a number that fits here; write a plain decimal (> 0), without separators or an exponent.',
      'Line 3: the line has 3 values where the first line names 5 columns; add or remove commas.',
    ]);
    expect(describeTableProblem(problems[1]!, 'ko')).toBe(
      '3행: 첫 줄의 열은 5개인데 이 줄의 값은 3개입니다. 쉼표를 더하거나 빼십시오.',
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { ERRORS, TainError, type ErrorCode } from '../../../contracts/errors.ts';
import { describeError } from '../../../contracts/texts/describe.ts';
import { ENGLISH } from '../../../contracts/texts/en.ts';
import { KOREAN } from '../../../contracts/texts/ko.ts';
import { LANGUAGES } from '../../../contracts/texts/shape.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];
const EVERY_TEXT = LANGUAGES.flatMap((language) => CODES.map((code) => [language, code] as const));

/** Values that choose between the sentences of an error. */
const CHOICES = [
  ...['7', '?', 'columns', 'utf16', 'carriage-returns', 'length', 'text', 'encrypted', 'folder'],
  ...['method', 'name', 'unlisted', 'size', 'ratio'],
  ...['json', 'line', 'value', 'twice', 'too-large', 'not-utf8', 'sha256'],
];

/** Has every parameter, whatever its name. */
const everyParam = new Proxy({}, { get: () => 7 });

describe('the error table', () => {
  it.each(CODES)('answers %s as a failure', (code) => {
    expect(ERRORS[code].httpStatus).toBeGreaterThanOrEqual(400);
  });
});

describe('the words of an error', () => {
  it.each(EVERY_TEXT)('in %s say for %s what happened and what to do next', (language, code) => {
    const { title, detail, help } = describeError(code, everyParam, language);

    expect(title).toMatch(language === 'en' ? /^[A-Z].*[^.]$/ : /[가-힣]{2}.*다$/);
    expect(help.length).toBeGreaterThan(15);
    if (language === 'ko') for (const text of [detail, help]) expect(text).toMatch(/[가-힣]{2}/);
    for (const text of [title, detail, help]) expect(text).not.toMatch(/undefined|null|\?/);
  });

  it.each(CODES)('of %s name the same things in both languages', (code) => {
    for (const choice of CHOICES) {
      const [english, korean] = [ENGLISH, KOREAN].map(({ errors }) => {
        const names = new Set<string>();
        errors[code].detail((name) => {
          names.add(name);
          return choice;
        });
        return [...names].sort();
      });
      expect(korean).toEqual(english);
    }
  });

  it('are English in logs and in Temporal', () => {
    const error = new TainError('file.empty', { file: 'day.csv' });

    expect(error.message).toBe('day.csv has no content.');
    expect(describeError(error.code, error.params, 'ko').detail).toBe('day.csv 파일에 내용이 없습니다.');
  });

  it.each([
    ['utf16', /save the file as UTF-8/, /UTF-8로 저장하십시오/],
    ['carriage-returns', /end every line with LF or CR LF/, /LF 또는 CR LF로 끝내십시오/],
  ])('say how to save a file whose header is %s', (problem, english, korean) => {
    const params = { file: 'day.csv', problem };

    expect(describeError('file.header-unknown', params, 'en').detail).toMatch(english);
    expect(describeError('file.header-unknown', params, 'ko').detail).toMatch(korean);
  });
});

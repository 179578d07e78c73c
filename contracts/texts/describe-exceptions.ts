/** What needs a person, in the words of a language. */
import type { ExceptionCause } from '../exceptions.ts';
import { EXCEPTIONS_EN, type ExceptionTexts } from './exceptions-en.ts';
import { EXCEPTIONS_KO } from './exceptions-ko.ts';
import { readParams, type Language } from './shape.ts';

export const EXCEPTION_TEXTS: Readonly<Record<Language, ExceptionTexts>> = {
  en: EXCEPTIONS_EN,
  ko: EXCEPTIONS_KO,
};

/** What is the matter, and how it is settled. */
export function describeException(
  { kind, params, count }: Pick<ExceptionCause, 'kind' | 'params' | 'count'>,
  language: Language,
): { readonly title: string; readonly remedy: string } {
  const { title, remedy } = EXCEPTION_TEXTS[language].kinds[kind];
  const read = readParams(params);
  return { title: title(read, count.toLocaleString('en-US')).trim(), remedy: remedy(read) };
}

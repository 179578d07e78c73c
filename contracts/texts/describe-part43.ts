/** Tables, the part 43 preview and due times in the words of a language. Not for workflows, which need English alone. */
import { GAPS_EN, PUBLICATION_EN } from './part43-en.ts';
import { GAPS_KO, PUBLICATION_KO } from './part43-ko.ts';
import { quote, type Language } from './shape.ts';
import { TABLE_PROBLEMS_EN } from './tables-en.ts';
import { TABLE_PROBLEMS_KO } from './tables-ko.ts';

const PUBLICATION = { en: PUBLICATION_EN, ko: PUBLICATION_KO };
const GAPS = { en: GAPS_EN, ko: GAPS_KO };
const TABLE_PROBLEMS = { en: TABLE_PROBLEMS_EN, ko: TABLE_PROBLEMS_KO };

/** Why a message is published or not. */
export const describePublication = (reason: keyof typeof PUBLICATION_EN, language: Language): string =>
  PUBLICATION[language][reason];

/** What is missing to tell an amount, a size or a time, and what to do. */
export const describeGap = (gap: keyof typeof GAPS_EN, language: Language): string => GAPS[language][gap];

export type ShownTableProblem = {
  readonly line: number;
  readonly field: string | null;
  readonly value: string | null;
  readonly problem: keyof typeof TABLE_PROBLEMS_EN;
  readonly allowed: string | null;
};

/** What is wrong in a table, with line and column in front, and what to change. */
export function describeTableProblem(
  { line, field, value, problem, allowed }: ShownTableProblem,
  language: Language,
): string {
  const isCount = problem === 'field-count';
  const shown = isCount ? (value ?? '?') : quote(value ?? '');
  const sentence = TABLE_PROBLEMS[language][problem](shown, allowed ?? '?');
  const place =
    language === 'en'
      ? `Line ${line}${field === null ? '' : `, column ${field}`}`
      : `${line}행${field === null ? '' : ` ${field} 열`}`;
  return `${place}: ${sentence}`;
}

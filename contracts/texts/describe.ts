/** Issues and errors in the words of a language. Not for workflows, which need English alone (see errors.ts). */
import type { ErrorCode, ErrorParams } from '../errors.ts';
import type { Issue } from '../issues.ts';
import { ENGLISH } from './en.ts';
import { KOREAN } from './ko.ts';
import { quote, readParams, type IssueWords, type Language, type Texts } from './shape.ts';

const TEXTS: Readonly<Record<Language, Texts>> = { en: ENGLISH, ko: KOREAN };

/**
 * Puts an issue into words: what is wrong and what to change.
 * @param elementName name of the element in the specification; the column's name is added where it says more
 * @returns a sentence or two, with element number and name in front where the issue has them
 */
export function describeIssue(issue: Issue, elementName: string | undefined, language: Language): string {
  const { issues, frame } = TEXTS[language];
  const value = issue.value === null ? frame.noValue : quote(issue.value);
  const words: IssueWords | undefined = Object.hasOwn(issues, issue.ruleId)
    ? issues[issue.ruleId]
    : undefined;
  const sentence = words ? words(value, readParams(issue.params)) : frame.unknownRule(value, issue.ruleId);
  return placeSentence(issue, elementName, sentence, language);
}

/** Puts element number, name and column in front of a sentence about an issue. */
export function placeSentence(
  issue: Issue,
  elementName: string | undefined,
  sentence: string,
  language: Language,
): string {
  const place = describePlace(issue, elementName, TEXTS[language].frame);
  return place === '' ? capitalise(sentence) : `${place}: ${sentence}`;
}

/** Puts an error into words: what happened, to which thing, and what to do next. */
export function describeError(
  code: ErrorCode,
  params: ErrorParams,
  language: Language,
): { readonly title: string; readonly detail: string; readonly help: string } {
  const { title, help, detail } = TEXTS[language].errors[code];
  return { title, help, detail: detail(readParams(params)) };
}

function describePlace(
  { element, column }: Issue,
  elementName: string | undefined,
  frame: Texts['frame'],
): string {
  const named = [element === null ? null : `#${element}`, elementName ?? column].filter(Boolean).join(' ');
  const isSame = column === null || elementName === undefined || bare(column) === bare(elementName);
  return isSame ? named : `${named} ${frame.column(quote(column))}`;
}

/** A name without case, spacing and punctuation, as columns are compared. */
function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

const capitalise = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1);

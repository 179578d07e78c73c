/**
 * What every language has to say, and the two small things that all of them need. A text is a function of names and
 * figures; the sentences are in en.ts and ko.ts. English comes first: a rule or an error that has no Korean text is
 * a type error in ko.ts.
 */
import type { ErrorCode, ErrorParams } from '../errors.ts';

export const LANGUAGES = ['en', 'ko'] as const;
export type Language = (typeof LANGUAGES)[number];

/** For readers who name no language that we have, for logs and for Temporal. */
export const DEFAULT_LANGUAGE: Language = 'en';

/** Reads a parameter; "?" where there is none of that name. */
export type Param = (name: string) => string;

/** `value` is the offending value in quotation marks, `param` reads a parameter of the issue. */
export type IssueWords = (value: string, param: Param) => string;

export type ErrorWords = {
  readonly title: string;
  /** What a person does next. */
  readonly help: string;
  /** What happened, and to which thing. */
  readonly detail: (param: Param) => string;
};

/** `Rule`: ids as plain text, because contracts know nothing of the domain; a test keeps them equal to the rules. */
export type Texts<Rule extends string = string> = {
  /** Sentences by rule id, without the element in front. */
  readonly issues: Readonly<Record<Rule, IssueWords>>;
  /** Title, remedy and sentence by error code. */
  readonly errors: Readonly<Record<ErrorCode, ErrorWords>>;
  /** The words around an issue's sentence. */
  readonly frame: {
    /** Stands where the value would, if there is none. */
    readonly noValue: string;
    /** The column that an element was read from, when its name says more. */
    readonly column: (quotedName: string) => string;
    readonly unknownRule: (value: string, ruleId: string) => string;
  };
};

const MAX_SHOWN = 80;

/** Quotes what a file contains so that it stays on its line and cannot steer a terminal. */
export function quote(value: string): string {
  const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  return JSON.stringify(shown).replaceAll(/[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** Gives the texts access to parameters. */
export function readParams(params: ErrorParams): Param {
  return (name) => String(params[name] ?? '?');
}

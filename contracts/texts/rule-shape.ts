/** What every language has to say of the rules as a list: a sentence for each, and the marks that they carry. */
import type { Severity } from '../issues.ts';
import type { Confidence, RuleLevel } from '../rules.ts';
import type { ENGLISH } from './en.ts';

/** The name of a mark, and what it means to somebody who reads it in the catalogue. */
export type Mark = { readonly name: string; readonly meaning: string };

export type RuleTexts = {
  /** What a rule asks for, in general: the issues of en.ts say what is wrong with one value. */
  readonly sentences: Readonly<Record<keyof typeof ENGLISH.issues, string>>;
  readonly levels: Readonly<Record<RuleLevel, Mark>>;
  readonly severities: Readonly<Record<Severity, Mark>>;
  readonly confidences: Readonly<Record<Confidence, Mark>>;
  /** Names of the facts of a rule, as they stand in front of them. */
  readonly labels: {
    readonly elements: string;
    readonly wholeRecord: string;
    readonly inForce: string;
    /** The days of submission on which a rule is in force; null has no end on that side. */
    readonly days: (from: string | null, to: string | null) => string;
    /** Of a rule that no file alone can break. */
    readonly ledgerOnly: string;
    /** In front of the page with the tables of actions, events and states. */
    readonly tables: string;
    readonly citation: string;
    readonly confidence: string;
  };
};

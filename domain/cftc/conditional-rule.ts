/** What a conditional rule is made of, and the small language in which the table (conditional-rules.ts) is written. */
import type { Severity } from '../../contracts/issues.ts';
import { elementsOf, type Condition } from './conditions.ts';
import type { Confidence } from './rules.ts';
import { ASSET_CLASSES, type AssetClass, type MessageType } from './scopes.ts';
import { EFFECTIVE_FROM } from './specification.ts';

/** A rule that looks at several values of one record. */
export type ConditionalRule = {
  readonly id: string;
  readonly level: 'conditional';
  /** The element must have a value, must have none, or must satisfy `holds`; always only where `when` is true. */
  readonly kind: 'required' | 'blank' | 'agrees';
  /** Number of the element at fault when the rule is broken. */
  readonly element: string;
  /** Numbers of all elements that the rule looks at, the one at fault first. */
  readonly elements: readonly string[];
  readonly messages: readonly MessageType[];
  readonly assetClasses: readonly AssetClass[];
  readonly when: Condition | null;
  readonly holds: Condition | null;
  /** Judged in each leg by itself, or in the second one only: an element then means its value in that leg. */
  readonly legs: 'any' | 'each' | 'second';
  /** Only the profile `strict` knows the rule: the specification lets a superfluous value pass. */
  readonly strictOnly: boolean;
  readonly severity: Severity;
  readonly citation: string;
  readonly confidence: Confidence;
  /** YYYY-MM-DD, the first day of submission on which the rule is in force. */
  readonly effectiveFrom: string;
  /** The last one; null while it is in force. */
  readonly effectiveTo: string | null;
};

const SPECIFICATION = 'CFTC technical specification v3.2';
export const UPI_ADOPTED = EFFECTIVE_FROM['3.2'];

type Options = Partial<
  Pick<
    ConditionalRule,
    'assetClasses' | 'legs' | 'messages' | 'confidence' | 'effectiveFrom' | 'strictOnly' | 'citation'
  >
> & {
  /** Appended to the id where one element has several rules of a kind. */
  readonly as?: string;
};

function rule(
  kind: ConditionalRule['kind'],
  element: string,
  when: Condition | null,
  holds: Condition | null,
  options: Options = {},
): ConditionalRule {
  const { as, confidence = 'source' } = options;
  const mentioned = [element, ...(holds ? elementsOf(holds) : []), ...(when ? elementsOf(when) : [])];
  return {
    id: [kind, element, as].filter(Boolean).join('.'),
    level: 'conditional',
    kind,
    element,
    elements: [...new Set(mentioned)],
    messages: options.messages ?? ['transaction'],
    assetClasses: options.assetClasses ?? ASSET_CLASSES,
    when,
    holds,
    legs: options.legs ?? 'any',
    strictOnly: options.strictOnly ?? kind === 'blank',
    severity: confidence === 'source' ? 'error' : 'warning',
    citation: options.citation ?? `${SPECIFICATION}, #${element}, validations`,
    confidence,
    effectiveFrom: options.effectiveFrom ?? EFFECTIVE_FROM['3.1'],
    effectiveTo: null,
  };
}

/** The element must be given, where the condition is true. */
export const required = (element: string, when: Condition | null, options?: Options): ConditionalRule =>
  rule('required', element, when, null, options);

/** Each of the elements must always be given. */
export const mandatory = (elements: string, options?: Options): ConditionalRule[] =>
  elements.split(' ').map((element) => required(element, null, options));

/** The element must be left blank, where the condition is true. */
export const blank = (element: string, when: Condition | null, options?: Options): ConditionalRule =>
  rule('blank', element, when, null, options);

/** Each of the elements must be left blank, where the condition is true. */
export const allBlank = (elements: string, when: Condition | null, options?: Options): ConditionalRule[] =>
  elements.split(' ').map((element) => blank(element, when, options));

/** What the element says must go with what others say, where the condition is true. */
export const agrees = (
  element: string,
  when: Condition | null,
  holds: Condition,
  options?: Options,
): ConditionalRule => rule('agrees', element, when, holds, options);

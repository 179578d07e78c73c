/** How rules are told apart, for everybody who lists them. */

/**
 * What a rule looks at: the characters of a record, the shape of a feed's message, one value, what several values
 * of a record tell of its kind, values that depend on each other, or the messages of one swap in their order.
 */
export const RULE_LEVELS = ['csv', 'feed', 'format', 'record', 'conditional', 'sequence'] as const;
export type RuleLevel = (typeof RULE_LEVELS)[number];

/**
 * How sure we are that a rule is the regulator's: read in the source, commonly known, or concluded by us. `own` is a
 * rule of Tain, without which a record could not be read at all.
 */
export const CONFIDENCES = ['source', 'general-knowledge', 'inferred', 'own'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

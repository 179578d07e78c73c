/** The rules on the wire. */
import { z } from 'zod';
import { SEVERITIES } from './issues.ts';
import { CONFIDENCES, RULE_LEVELS } from './rules.ts';

const RuleLevel = z.enum(RULE_LEVELS).describe('What the rule looks at.');
const Severity = z
  .enum(SEVERITIES)
  .describe('error rejects the record, warning does not; unchecked: rules that could not be judged.');
const Confidence = z
  .enum(CONFIDENCES)
  .describe('How sure it is that the rule is the regulator\'s; "own" is a rule of Tain.');

/** Number of a data element, with or without the sign that people write in front of it. */
const ElementNumber = z
  .string()
  .regex(/^#?(D?[1-9]\d{0,2})$/, 'is no element number, like 67 or D1')
  .transform((text) => text.replace('#', ''));

export const RuleView = z
  .object({
    id: z.string(),
    level: RuleLevel,
    elements: z
      .array(z.string())
      .describe('Numbers of the elements it looks at, the one at fault first; empty: the whole record.'),
    appliesTo: z.object({
      messages: z.array(z.string()).describe('transaction, valuation, collateral, dissemination.'),
      assetClasses: z.array(z.string()).describe('CR, CO, EQ, FX, IR.'),
    }),
    severity: Severity,
    strictOnly: z.boolean().describe('Judged under the profile strict only.'),
    ledgerOnly: z
      .boolean()
      .describe('Judged where all swaps and the part of each report are known: not on a file alone.'),
    citation: z.string(),
    confidence: Confidence,
    effectiveFrom: z
      .string()
      .nullable()
      .describe('First day of submission on which it is in force, YYYY-MM-DD; null: always.'),
    effectiveTo: z.string().nullable().describe('The last one; null while it is in force.'),
    text: z.string().describe('What it asks for, in the language of the answer.'),
  })
  .meta({ id: 'Rule' });

export type RuleView = z.infer<typeof RuleView>;

export const RuleQuery = z.strictObject({
  level: RuleLevel.optional(),
  element: ElementNumber.optional().describe('Only rules that look at this element: 67, D1.'),
  severity: Severity.optional(),
  confidence: Confidence.optional(),
});

export type RuleQuery = z.infer<typeof RuleQuery>;

export const RuleParams = z.object({
  id: z.string().min(1).max(100).describe('required.67.IR, format.lei.'),
});

export const RuleList = z
  .object({ ruleSetVersion: z.string(), rules: z.array(RuleView) })
  .meta({ id: 'RuleList' });

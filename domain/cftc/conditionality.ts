/**
 * Whether an element is mandatory (M), conditional (C), optional (O) or not required (NR) in a kind of message, told
 * from the rules by which records are judged. Source of the four: CFTC technical specification v3.2, 1.3.
 */
import { CONDITIONAL_RULES } from './conditional-rules.ts';
import { elementByNumber } from './elements.ts';
import type { AssetClass, MessageType } from './scopes.ts';

export type Conditionality = 'M' | 'C' | 'O' | 'NR';

/** @param number a number of the element table; of any other the answer is NR. */
export function conditionalityOf(
  number: string,
  message: MessageType,
  assetClass: AssetClass,
): Conditionality {
  const element = elementByNumber.get(number);
  // What a repository adds is not a party's to send, and what is not disseminated is not in public files.
  const isThere = message === 'dissemination' ? element?.disseminated : element?.part45;
  if (!isThere) return 'NR';
  const rules = CONDITIONAL_RULES.filter(
    (rule) =>
      rule.element === number &&
      rule.effectiveTo === null &&
      rule.messages.includes(message) &&
      rule.assetClasses.includes(assetClass),
  );
  const required = rules.filter(({ kind }) => kind === 'required');
  if (required.some(({ when }) => when === null)) return 'M';
  if (required.length > 0) return 'C';
  return rules.some(({ kind, when }) => kind === 'blank' && when === null) ? 'NR' : 'O';
}

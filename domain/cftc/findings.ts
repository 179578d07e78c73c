import type { IssueParams, Severity } from '../../contracts/issues.ts';
import { RULES, type RuleId } from './rules.ts';

/** What a check says of a value: the rule it breaks. Where the value stands is the caller's knowledge. */
export type Finding = {
  readonly ruleId: RuleId;
  readonly severity: Severity;
  readonly params: IssueParams;
};

/**
 * Judges one value of an element.
 * @param notation value of the notation element in the same record and leg, where the element has one
 * @returns null when nothing is wrong
 */
export type ValueCheck = (value: string, notation: string | undefined) => Finding | null;

const NO_PARAMS: IssueParams = {};

/** A finding of a rule, with the severity that the table gives it. */
export const finding = (ruleId: RuleId, params: IssueParams = NO_PARAMS): Finding => ({
  ruleId,
  severity: RULES[ruleId].severity,
  params,
});

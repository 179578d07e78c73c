/** The rules as a list in the words of a language. Not for workflows. */
import { ENGLISH_RULES } from './en-rules.ts';
import { KOREAN_RULES } from './ko-rules.ts';
import type { RuleTexts } from './rule-shape.ts';
import type { Language } from './shape.ts';

export const RULE_TEXTS: Readonly<Record<Language, RuleTexts>> = { en: ENGLISH_RULES, ko: KOREAN_RULES };

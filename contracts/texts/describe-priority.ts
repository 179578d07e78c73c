/** What is held, why, and what is the matter, in the words of a language. */
import type { HoldLevel, HoldReason, PriorityAlarm, Told } from '../priority.ts';
import { PRIORITY_EN, type PriorityTexts } from './priority-en.ts';
import { PRIORITY_KO } from './priority-ko.ts';
import { readParams, type Language } from './shape.ts';

const TEXTS: Readonly<Record<Language, PriorityTexts>> = { en: PRIORITY_EN, ko: PRIORITY_KO };

export const describeLevel = (level: HoldLevel, language: Language): string => TEXTS[language].levels[level];

export const describeReason = ({ code, params }: Told<HoldReason>, language: Language): string =>
  TEXTS[language].reasons[code](readParams(params));

export const describeAlarm = ({ code, params }: PriorityAlarm, language: Language): string =>
  TEXTS[language].alarms[code](readParams(params));

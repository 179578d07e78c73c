/** What is owed, in the words of a language. */
import type { Blocker } from '../obligations.ts';
import { OBLIGATIONS_EN, type ObligationTexts } from './obligations-en.ts';
import { OBLIGATIONS_KO } from './obligations-ko.ts';
import type { Language } from './shape.ts';

export const OBLIGATION_TEXTS: Readonly<Record<Language, ObligationTexts>> = {
  en: OBLIGATIONS_EN,
  ko: OBLIGATIONS_KO,
};

/** What is in the way. */
export const describeBlocker = (reason: Blocker, language: Language): string =>
  OBLIGATION_TEXTS[language].blockers[reason];

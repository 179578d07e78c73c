/** What keeps a day from going on, in the words of a language. */
import type { DayBlock } from '../cftc-day.ts';
import type { ErrorParams } from '../errors.ts';
import { DAYS_EN, type DayTexts } from './days-en.ts';
import { DAYS_KO } from './days-ko.ts';
import { readParams, type Language } from './shape.ts';

const TEXTS: Readonly<Record<Language, DayTexts>> = { en: DAYS_EN, ko: DAYS_KO };

export const describeBlock = (code: DayBlock, params: ErrorParams, language: Language): string =>
  TEXTS[language].blocks[code](readParams(params));

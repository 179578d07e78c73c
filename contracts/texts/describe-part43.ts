/** Tables, the part 43 preview and due times in the words of a language. Not for workflows, which need English alone. */
import { GAPS_EN, PUBLICATION_EN } from './part43-en.ts';
import { GAPS_KO, PUBLICATION_KO } from './part43-ko.ts';
import { PREVIEW_EN, type PreviewTexts } from './preview-en.ts';
import { PREVIEW_KO } from './preview-ko.ts';
import type { Language } from './shape.ts';
import { describeTableProblemEn, type ShownTableProblem } from './tables-en.ts';
import { describeTableProblemKo } from './tables-ko.ts';

const PUBLICATION = { en: PUBLICATION_EN, ko: PUBLICATION_KO };
const GAPS = { en: GAPS_EN, ko: GAPS_KO };

/** The words around the preview of a record. */
export const PREVIEW_TEXTS: Readonly<Record<Language, PreviewTexts>> = { en: PREVIEW_EN, ko: PREVIEW_KO };

/** Why a message is published or not. */
export const describePublication = (reason: keyof typeof PUBLICATION_EN, language: Language): string =>
  PUBLICATION[language][reason];

/** What is missing to tell an amount, a size or a time, and what to do. */
export const describeGap = (gap: keyof typeof GAPS_EN, language: Language): string => GAPS[language][gap];

/** What is wrong in a table, with line and column in front, and what to change. */
export const describeTableProblem = (shown: ShownTableProblem, language: Language): string =>
  language === 'en' ? describeTableProblemEn(shown) : describeTableProblemKo(shown);

/** The words of a trace, by language. */
import type { Language } from './shape.ts';
import { TRACE_EN, type TraceTexts } from './trace-en.ts';
import { TRACE_KO } from './trace-ko.ts';

export const TRACE_TEXTS: Readonly<Record<Language, TraceTexts>> = { en: TRACE_EN, ko: TRACE_KO };

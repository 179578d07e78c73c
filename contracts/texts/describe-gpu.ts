/** Why a training job waits, in the words of a language. */
import type { GpuBlocker } from '../gpu.ts';
import type { Told } from '../priority.ts';
import { GPU_BLOCKERS_EN, type BlockerTexts } from './gpu-blockers-en.ts';
import { GPU_BLOCKERS_KO } from './gpu-blockers-ko.ts';
import { readParams, type Language } from './shape.ts';

const TEXTS: Readonly<Record<Language, BlockerTexts>> = { en: GPU_BLOCKERS_EN, ko: GPU_BLOCKERS_KO };

/** Stands where a job would that is not named. */
export const SOMEBODYS_JOB: Readonly<Record<Language, string>> = {
  en: 'a job of somebody else',
  ko: '다른 사용자의 작업',
};

export const describeBlocker = ({ code, params }: Told<GpuBlocker>, language: Language): string =>
  TEXTS[language][code](readParams({ job: SOMEBODYS_JOB[language], ...params }));

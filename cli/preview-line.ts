/** A line of the preview of a record. */
import { RULE_TEXTS } from '../contracts/texts/describe-rules.ts';
import type { Language } from '../contracts/texts/shape.ts';
import type { Basis } from '../domain/cftc/basis.ts';
import { styled } from './print.ts';

export type PreviewLine = {
  /** What the line is about; '' where it goes on with the line before. */
  readonly label: string;
  readonly text: string;
  /** Where it is from, and how sure. */
  readonly note?: string;
  /** Does somebody have to act? */
  readonly isBad?: boolean;
};

/** Where a statement is from, and how sure it is. */
export const cite = ({ citation, confidence }: Basis, language: Language): string =>
  `[${citation} · ${RULE_TEXTS[language].confidences[confidence].name}]`;

/** The line as it is printed. */
export function formatLine({ label, text, note, isBad }: PreviewLine): string {
  const said = isBad === true ? styled('red', text) : text;
  return `    ${label === '' ? '' : `${label}: `}${said}${note === undefined ? '' : ` ${styled('dim', note)}`}`;
}

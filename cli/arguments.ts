/** Reading option values of the command line. */
import { InvalidArgumentError } from 'commander';
import { formatFolderDate, parseFolderDate } from '../contracts/folders.ts';

/** A whole number greater than 0. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return count;
}

/** A name that logs and the audit log can show. */
export function parseName(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > 200 || /[\u0000-\u001f\u007f-\u009f]/.test(name))
    throw new InvalidArgumentError('It must be a name of 1 to 200 characters.');
  return name;
}

/** A folder date as the API takes it. */
export function parseDate(text: string): string {
  if (parseFolderDate(formatFolderDate(text)) !== text)
    throw new InvalidArgumentError('It must be a calendar date of the form YYYY-MM-DD, like 2026-11-21.');
  return text;
}

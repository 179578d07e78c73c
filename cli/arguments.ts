/** Reading option values of the command line. */
import { InvalidArgumentError } from 'commander';

/** A whole number greater than 0. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return count;
}

/** What ended a command, said on standard error for a person. */
import { TainError } from '../contracts/errors.ts';
import { describeError } from '../contracts/texts/describe.ts';
import { StartError } from '../platform/embedded/start-error.ts';
import { readerLanguage } from './reader.ts';

const EXIT_FAILED = 1;
export const EXIT_MEND_FIRST = 2;

/** @returns the exit code */
export function reportError(error: unknown): number {
  if (error instanceof StartError) {
    process.stderr.write(`\n${error.message}\n${error.help}\n`);
    return EXIT_MEND_FIRST;
  }
  if (error instanceof TainError) {
    const { detail, help } = describeError(error.code, error.params, readerLanguage());
    process.stderr.write(`\n${detail}\n${help}\n`);
    return EXIT_MEND_FIRST;
  }
  process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT_FAILED;
}

/** What ended a command, said on standard error for a person. */
import { TainError } from '../contracts/errors.ts';
import { describeError } from '../contracts/texts/describe.ts';
import { StartError, systemErrorCode } from '../platform/embedded/start-error.ts';
import { readerLanguage } from './reader.ts';

const EXIT_FAILED = 1;
export const EXIT_MEND_FIRST = 2;

/** A path of the settings that does not lead where it should; anything else of the system is a fault of ours. */
const PATH_ERRORS = ['ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'ELOOP', 'ENAMETOOLONG'];

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
  const reason = systemErrorCode(error);
  const { path } = error as NodeJS.ErrnoException;
  if (reason !== undefined && path !== undefined && PATH_ERRORS.includes(reason)) {
    process.stderr.write(
      `\n${path} cannot be used (${reason}).\nCheck TAIN_STATE_DIR and TAIN_DATA_DIR, and that this user may use them.\n`,
    );
    return EXIT_MEND_FIRST;
  }
  process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT_FAILED;
}

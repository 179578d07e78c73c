/** Temporary files of commands, whose errors are those of the place where they lie. */
import { tmpdir } from 'node:os';
import { TainError } from '../contracts/errors.ts';
import { systemErrorCode } from '../platform/embedded/start-error.ts';

/**
 * Does something with a temporary file.
 * @throws TainError input.no-work-file when the system does not let it, as when the disk is full
 */
export function onWorkFile<Result>(use: () => Result): Result {
  try {
    return use();
  } catch (error) {
    const reason = systemErrorCode(error);
    if (reason === undefined) throw error;
    throw new TainError('input.no-work-file', { folder: tmpdir(), reason }, { cause: error });
  }
}

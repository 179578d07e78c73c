/** Files that a person names on the command line. */
import { access, constants, stat } from 'node:fs/promises';
import { TainError } from '../contracts/errors.ts';
import { systemErrorCode } from '../platform/embedded/start-error.ts';
import { plain } from './print.ts';

/**
 * Looks at a file before it is opened: opening a pipe would wait for somebody to write into it.
 * @throws TainError input.missing, input.not-regular, input.forbidden, input.unreadable
 */
export async function requireInputFile(location: string): Promise<void> {
  const file = plain(location);
  try {
    const found = await stat(location);
    if (!found.isFile()) throw new TainError('input.not-regular', { file });
    await access(location, constants.R_OK);
  } catch (error) {
    throw toInputError(error, location);
  }
}

/** An error of reading a named file, said for the person who named it; any other error as it is. */
export function toInputError(error: unknown, location: string): unknown {
  const file = plain(location);
  const reason = error instanceof TainError ? undefined : systemErrorCode(error);
  if (reason === undefined) return error;
  if (reason === 'ENOENT' || reason === 'ENOTDIR') return new TainError('input.missing', { file });
  if (reason === 'EACCES' || reason === 'EPERM') return new TainError('input.forbidden', { file });
  return new TainError('input.unreadable', { file, reason });
}

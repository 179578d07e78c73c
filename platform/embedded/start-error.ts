/**
 * Something that keeps Tain from starting or stopping, said for people: `message` is one sentence about what
 * happened, `help` one about what to do next. Commands print both and no stack.
 */
export class StartError extends Error {
  readonly help: string;

  constructor(message: string, help: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartError';
    this.help = help;
  }
}

/** The code of a failed system call (`EACCES`, `ENOENT`, …), or undefined for any other error. */
export function systemErrorCode(error: unknown): string | undefined {
  // Not instanceof: errors of Node's own modules are of another realm inside a test runner's sandbox.
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/**
 * A StartError for a directory that cannot be written, when `cause` (an error, or the last lines of a log) says so:
 * disk full, no permission, or a read-only file system. Undefined for every other cause.
 */
export function directoryError(directory: string, cause: unknown): StartError | undefined {
  const text = `${systemErrorCode(cause) ?? ''} ${String(cause)}`;
  if (/ENOSPC|EDQUOT|No space left on device|database or disk is full/i.test(text)) {
    return new StartError(`The disk of ${directory} is full.`, 'Free some space there and start again.', {
      cause,
    });
  }
  if (/EACCES|EPERM|EROFS|Permission denied|Operation not permitted|Read-only file system/i.test(text)) {
    return new StartError(
      `Tain may not write to ${directory}.`,
      'Make it writable for the user that starts Tain, or set TAIN_STATE_DIR to a directory that is.',
      { cause },
    );
  }
  return undefined;
}

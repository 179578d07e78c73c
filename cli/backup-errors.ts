/** Errors of disks and of the database, said for whoever makes a backup or restores one. */
import { TainError } from '../contracts/errors.ts';
import { systemErrorCode } from '../platform/embedded/start-error.ts';

/** What keeps a place from being written to; 53100 is PostgreSQL's own full disk. */
const UNWRITABLE = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM', 'EIO', '53100'];

/** An error of a place that is written to; any other as it is. */
export function toUnwritable(error: unknown, path: string): unknown {
  const reason = error instanceof TainError ? undefined : systemErrorCode(error);
  if (reason === undefined || !UNWRITABLE.includes(reason)) return error;
  return new TainError('backup.unwritable', { path, reason }, { cause: error });
}

/** Where COPY says that it was: "COPY tb_on_hist, line 12, column raw". */
const COPY_LINE = /^COPY .*?, line (\d+)/m;

/** An error of the database about a row that it was given; any other as it is. */
export function toRefused(error: unknown, file: string, table: string): unknown {
  const { code, message, where } = error as { code?: string; message: string; where?: string };
  if (error instanceof TainError || !/^(?:22|23)/.test(code ?? '')) return error;
  const line = COPY_LINE.exec(where ?? '')?.[1] ?? '?';
  return new TainError('backup.refused', { file, table, line, reason: message }, { cause: error });
}

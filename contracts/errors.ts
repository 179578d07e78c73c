/**
 * The one error table. Every failure that a person, a client or a workflow can see has its row here: activities
 * throw it as an ApplicationFailure of that type, the API answers it as RFC 9457 problem+json, the command line
 * prints message and help. Codes are stable; texts may improve. Free of zod, so that workflows may import it.
 */
export type ErrorRow = {
  /** HTTP status of the API's answer. */
  readonly httpStatus: number;
  /** May the same call succeed later without a change of its input? Drives Temporal's retries. */
  readonly retryable: boolean;
  readonly title: string;
  /** What a person does next. */
  readonly help: string;
};

const row = (httpStatus: number, retryable: boolean, title: string, help: string): ErrorRow => ({
  httpStatus,
  retryable,
  title,
  help,
});

export const ERRORS = {
  'file.empty': row(
    422,
    false,
    'The file is empty',
    'Send the file again with a header line and its records.',
  ),
  'file.header-unknown': row(
    422,
    false,
    'The header is of no known format',
    'The first line must name CFTC data elements (submission format) or be the header of a public dissemination file.',
  ),
  'file.header-duplicate': row(
    422,
    false,
    'Two columns of the header mean the same element',
    'Remove or rename one of the two columns and send the file again.',
  ),
  'file.header-incomplete': row(
    422,
    false,
    'A column that every record needs is missing from the header',
    'Add the named column and send the file again.',
  ),
  'file.format-unsupported': row(
    422,
    false,
    'The format is recognised but not read by this version',
    'Convert the file to the submission format or to the dissemination layout in use since 2024-01-29.',
  ),
  'file.record-too-long': row(
    422,
    false,
    'A record is longer than the limit',
    'Look for a missing line break at the named line, mend it and send the file again.',
  ),
  'file.changed': row(
    409,
    false,
    'The file changed while it was read',
    'Write files under a name that starts with a dot or ends in .part, then rename them when they are complete.',
  ),
  'file.vanished': row(
    409,
    false,
    'The file left the inbox before it was read',
    'Put the file into the folder again; nothing of it was published.',
  ),
  'file.not-found': row(404, false, 'There is no such file', 'List the known files with GET /v1/files.'),
  'file.not-published': row(
    409,
    false,
    'The records of this file are not published yet',
    'Wait until its state is published; GET /v1/files/{id} shows the progress.',
  ),
  'file.counts-disagree': row(
    500,
    false,
    'The stored records do not add up to the counted ones',
    'Nothing was published. Keep the database as it is and report this with the file id.',
  ),
  'ingest.closed': row(
    409,
    false,
    'The file is not open for ingest',
    'Nothing to do: it was refused or taken out meanwhile.',
  ),
  'ingest.superseded': row(
    409,
    true,
    'Another attempt has taken over this file',
    'Nothing to do: the newer attempt goes on from the last checkpoint.',
  ),
  'file.name-invalid': row(
    400,
    false,
    'The file name cannot be used',
    'Use letters, digits, dot, hyphen and underscore; no leading dot, no ending .part or .tmp.',
  ),
  'file.too-large': row(
    413,
    false,
    'The file is larger than the limit',
    'Split it, or raise TAIN_UPLOAD_MAX_BYTES.',
  ),
  'storage.full': row(
    507,
    true,
    'The disk is full',
    'Free some room and send the file again; nothing was kept.',
  ),
  'request.invalid': row(
    400,
    false,
    'The request is not valid',
    'Correct the named fields and send it again.',
  ),
  'request.not-found': row(404, false, 'There is nothing at this address', 'The routes are listed at /docs.'),
  'auth.missing': row(
    401,
    false,
    'The request carries no valid token',
    'Make one with: tain token --role ROLE',
  ),
  'auth.forbidden': row(
    403,
    false,
    'The role of this token may not do this',
    'Ask for a token of a role that may.',
  ),
  'service.unavailable': row(503, true, 'A service that Tain needs does not answer', 'Look at: tain status'),
  internal: row(
    500,
    true,
    'Something went wrong inside Tain',
    'Look into the log; report it with the request id.',
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

export function isErrorCode(code: string | null | undefined): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}

/** An error of the table: `message` says what happened and to which thing, `code` points at the row. */
export class TainError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    details: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'TainError';
    this.code = code;
    this.details = details;
  }
}

/** The words for errors, in English: a title, a sentence and what to do next. */
import type { ErrorCode } from '../errors.ts';
import { ENGLISH_BACKUP_ERRORS } from './en-backup-errors.ts';
import { ENGLISH_DAY_ERRORS } from './en-day-errors.ts';
import { ENGLISH_DESK_ERRORS } from './en-desk-errors.ts';
import { ENGLISH_FEED_ERRORS } from './en-feed-errors.ts';
import { ENGLISH_JOB_ERRORS } from './en-job-errors.ts';
import { ENGLISH_GPU_ERRORS } from './en-gpu-errors.ts';
import { ENGLISH_OUTBOUND_ERRORS } from './en-outbound-errors.ts';
import { ENGLISH_PREVIEW_ERRORS } from './en-preview-errors.ts';
import { ENGLISH_REPORT_ERRORS } from './en-report-errors.ts';
import { ENGLISH_SWAP_ERRORS } from './en-swap-errors.ts';
import { quote, type ErrorWords, type Param } from './shape.ts';

/** What is wrong with a .done marker. */
const MARKER_PROBLEMS: Readonly<Record<string, (param: Param) => string>> = {
  json: () => 'it begins with { and is no JSON object',
  line: (param) => `line ${param('line')} is not written as key=value`,
  value: (param) =>
    `${quote(param('value'))} is no ${param('key') === 'sha256' ? 'SHA-256 of 64 hex digits' : `number of ${param('key')}`}`,
  twice: (param) => `it states ${param('key')} twice, and differently`,
  'too-large': (param) => `it is larger than ${param('max')} bytes`,
  'not-utf8': () => 'it is not UTF-8 text',
};

/** What is wrong with a value of a register. */
const REGISTER_FAULTS: Readonly<Record<string, string>> = {
  'missing-column': 'stands for a column that is missing',
  'double-column': 'names a column twice',
  structure: 'is not a line with the fields of the header',
  blank: 'is blank',
  invalid: 'is not well formed',
  unknown: 'is not a known value',
  duplicate: 'is there already',
  contradiction: 'is not allowed by the template of the product',
};

export const ENGLISH_ERRORS: Readonly<Record<ErrorCode, ErrorWords>> = {
  'file.empty': {
    title: 'The file is empty',
    help: 'Send the file again with a header line and its records.',
    detail: (param) => `${param('file')} has no content.`,
  },
  'file.header-unknown': {
    title: 'The header is of no known format',
    help: 'The first line must name CFTC data elements (submission format) or be the header of a public dissemination file.',
    detail: (param) => {
      if (param('problem') === 'columns') {
        return `The first line of ${param('file')} has ${param('columns')} columns; ${param('max')} is the most.`;
      }
      if (param('problem') === 'utf16') {
        return (
          `The first line of ${param('file')} is not UTF-8: it has NUL bytes or begins with a UTF-16 byte order mark; ` +
          'save the file as UTF-8.'
        );
      }
      if (param('problem') === 'carriage-returns') {
        return (
          `The first line of ${param('file')} contains carriage returns without line feeds; ` +
          'end every line with LF or CR LF.'
        );
      }
      if (param('problem') === 'length') {
        return `The first line of ${param('file')} has more than ${param('max')} bytes.`;
      }
      if (param('problem') === 'text') return `The first line of ${param('file')} is not CSV text.`;
      return `No column of the first line of ${param('file')} names a data element; it begins with ${param('begins')}.`;
    },
  },
  'file.header-duplicate': {
    title: 'Two columns of the header mean the same element',
    help: 'Remove or rename one of the two columns and send the file again.',
    detail: (param) =>
      `${param('file')}: the columns "${param('first')}" and "${param('second')}" both mean ${param('slot')}.`,
  },
  'file.header-incomplete': {
    title: 'A column that every record needs is missing from the header',
    help: 'Add the named column and send the file again.',
    detail: (param) =>
      `${param('file')}: the header is of the ${param('format')} format but has no column "${param('column')}".`,
  },
  'file.not-utf8': {
    title: 'The file is not UTF-8 throughout',
    help: 'Save the file as UTF-8 and send it again; nothing of it was stored.',
    detail: (param) =>
      `${param('file')} has the byte ${param('value')} at line ${param('line')} (byte ${param('offset')}), ` +
      'which is no UTF-8.',
  },
  'file.compression-broken': {
    title: 'The compressed file cannot be unpacked',
    help: 'It was cut off or damaged on its way: compress it and send it again.',
    detail: (param) => `${param('file')} cannot be unpacked to its end: ${param('reason')}.`,
  },
  'file.archive-unsuitable': {
    title: 'The archive does not hold exactly one readable file',
    help: 'Put one CSV file into the archive, without folders or a password, and send it again.',
    detail: (param) => {
      if (param('problem') === 'encrypted') return `The file in ${param('file')} is encrypted.`;
      if (param('problem') === 'folder') return `${param('file')} holds a folder and no file.`;
      if (param('problem') === 'method') {
        return `The file in ${param('file')} is compressed by method ${param('method')}, which is not supported; use Deflate.`;
      }
      if (param('problem') === 'name') {
        return `The file in ${param('file')} has a name that leads elsewhere, ${quote(param('name'))}; use one without a path.`;
      }
      if (param('problem') === 'unlisted') {
        return `${param('file')} holds data that its directory does not list; make a new archive.`;
      }
      return `${param('file')} holds ${param('entries')} files where one is expected.`;
    },
  },
  'file.expands-too-far': {
    title: 'The content of the file grows beyond the limit',
    help: 'Nothing of it was stored; send it again uncompressed or in parts, as the named limit asks for.',
    detail: (param) =>
      param('limit') === 'size'
        ? `${param('file')} contains more than ${param('max')} bytes, the limit TAIN_CONTENT_MAX_BYTES; ` +
          'send it in parts, or raise the limit.'
        : `${param('file')} has ${param('size')} bytes and is still not unpacked after ${param('read')}, ` +
          'more than compression is allowed to save; send it uncompressed.',
  },
  'file.values-refused': {
    title: 'The database does not take what the file contains',
    help: 'Nothing was published. Keep the file and report this: a check is missing.',
    detail: (param) =>
      `The database refused a record of ${param('file')} behind byte ${param('offset')}: ${param('reason')}.`,
  },
  'file.changed': {
    title: 'The file changed while it was read',
    help: 'Write files under a name that starts with a dot or ends in .part, then rename them when they are complete.',
    detail: (param) =>
      param('sha256') === '?'
        ? `${param('file')} had ${param('was')} bytes when it was taken and has ${param('now')} now.`
        : `${param('file')} is not the file that was taken: its sha-256 is now ${param('sha256')}.`,
  },
  'file.vanished': {
    title: 'The file left the inbox before it was read',
    help: 'Put the file into the folder again; nothing of it was published.',
    detail: (param) => `${param('file')} is not in its folder.`,
  },
  'file.unreadable': {
    title: 'The system does not let the file be read',
    help: 'Look at the file, its permissions and its disk, and put it into the folder again; nothing of it was published.',
    detail: (param) => `${param('file')} cannot be read: ${param('reason')}.`,
  },
  'file.done-disagrees': {
    title: 'The file is not what its .done marker states',
    help: 'Send the file again complete, or correct or remove the marker; the file is looked at again then.',
    detail: (param) =>
      `The marker of ${param('file')} states ${param('what')} ${param('stated')}, but the file has ${param('actual')}.`,
  },
  'file.done-unreadable': {
    title: 'The .done marker of the file cannot be read',
    help:
      'Leave the marker empty, or write rows, bytes or sha256 as one JSON object or as lines key=value; ' +
      'the file is looked at again when the marker has changed or is gone.',
    detail: (param) =>
      `The marker of ${param('file')} cannot be read: ${MARKER_PROBLEMS[param('problem')]?.(param) ?? param('problem')}.`,
  },
  'file.not-found': {
    title: 'There is no such file',
    help: 'List the known files with GET /v1/files.',
    detail: (param) => `There is no file ${param('file')}.`,
  },
  'file.not-published': {
    title: 'The records of this file are not published yet',
    help: 'A file that waits or is ingested will be published; one that is refused or held never, unless it is mended: GET /v1/files/{id} says why.',
    detail: (param) => `The file ${param('file')} is ${param('state')}.`,
  },
  'file.counts-disagree': {
    title: 'The stored records do not add up to the counted ones',
    help: 'Nothing was published. Keep the database as it is and report this with the file id.',
    detail: (param) =>
      `${param('file')}: read ${param('read')}, accepted ${param('accepted')}, rejected ${param('rejected')}, ` +
      `${param('bytes')} of ${param('ofBytes')} bytes; the stored records say otherwise.`,
  },
  'file.ledger-disagrees': {
    title: 'The ledger does not hold what the file says',
    help: 'The file stays published. Keep the database as it is, and report what ./tain verify says of it with the file id.',
    detail: (param) => `The accepted records of ${param('file')} and the ledger differ: ${param('problem')}.`,
  },
  'ingest.closed': {
    title: 'The file is not open for ingest',
    help: 'Nothing to do: it was refused or taken out meanwhile.',
    detail: (param) => `${param('file')} is ${param('state')}.`,
  },
  'ingest.superseded': {
    title: 'Another attempt has taken over this file',
    help: 'Nothing to do: the newer attempt goes on from the last checkpoint.',
    detail: (param) => `Another attempt has taken over ${param('file')}.`,
  },
  ...ENGLISH_BACKUP_ERRORS,
  ...ENGLISH_DAY_ERRORS,
  ...ENGLISH_FEED_ERRORS,
  ...ENGLISH_JOB_ERRORS,
  ...ENGLISH_OUTBOUND_ERRORS,
  ...ENGLISH_DESK_ERRORS,
  ...ENGLISH_GPU_ERRORS,
  ...ENGLISH_PREVIEW_ERRORS,
  ...ENGLISH_REPORT_ERRORS,
  ...ENGLISH_SWAP_ERRORS,
  'file.name-invalid': {
    title: 'The file name cannot be used',
    help: 'Use letters, digits, dot, hyphen and underscore; no leading dot, no ending .part, .tmp or .done.',
    detail: (param) => `The name ${JSON.stringify(param('file'))} cannot be used.`,
  },
  'file.too-large': {
    title: 'The file is larger than the limit',
    help: 'Split it, or raise TAIN_UPLOAD_MAX_BYTES.',
    detail: (param) => `${param('file')} has more than ${param('max')} bytes.`,
  },
  'storage.full': {
    title: 'The disk is full',
    help: 'Free some room and send the file again; nothing was kept.',
    detail: (param) => `There is no room for ${param('file')} in ${param('folder')}.`,
  },
  'input.missing': {
    title: 'There is no such file',
    help: 'Check the path, and the folder you are in.',
    detail: (param) => `There is no file ${param('file')}.`,
  },
  'input.not-regular': {
    title: 'This is no regular file',
    help: 'Name a file that is kept on a disk; write what comes from a pipe into one first.',
    detail: (param) => `${param('file')} is no regular file: it is a directory, a pipe or a device.`,
  },
  'input.forbidden': {
    title: 'The file may not be read',
    help: 'Make it readable for the user who runs this command.',
    detail: (param) => `You may not read ${param('file')}.`,
  },
  'input.unreadable': {
    title: 'The file cannot be read',
    help: 'Check the path and the disk it is on.',
    detail: (param) => `${param('file')} cannot be read (${param('reason')}).`,
  },
  'input.no-work-file': {
    title: 'There is no temporary file to work with',
    help: 'Free some room, set TMPDIR to another folder, or leave out the rules on the order of messages (--no-sequence).',
    detail: (param) => `A temporary file in ${param('folder')} cannot be written (${param('reason')}).`,
  },
  'request.invalid': {
    title: 'The request is not valid',
    help: 'Correct the named fields and send it again.',
    detail: (param) => param('detail'),
  },
  'request.date-outside': {
    title: 'The folder date is too far from today',
    help: 'Look for a mistyped year, or widen TAIN_DATE_PAST_DAYS or TAIN_DATE_AHEAD_DAYS.',
    detail: (param) =>
      `The folder date ${param('date')} is not between ${param('first')} and ${param('last')}.`,
  },
  'request.not-found': {
    title: 'There is nothing at this address',
    help: 'The routes are listed at /docs.',
    detail: (param) => `${param('method')} ${param('url')} is not a route.`,
  },
  'request.method-not-allowed': {
    title: 'This address does not take this method',
    help: 'Use one of the methods named in the Allow header; the routes are listed at /docs.',
    detail: (param) => `${param('url')} does not take ${param('method')}, but ${param('allowed')}.`,
  },
  'request.timeout': {
    title: 'The request came in too slowly',
    help: 'Look at the network between the client and Tain, then send it again.',
    detail: (param) =>
      `The request was still incomplete after ${param('seconds')} s and its bytes came too slowly.`,
  },
  'request.too-large': {
    title: 'The request is larger than the limit',
    help: 'Shorten its address, headers or body; files are uploaded with POST /v1/files.',
    detail: (param) => `The ${param('part')} of the request is larger than Tain takes.`,
  },
  'request.too-many': {
    title: 'There were too many requests',
    help: 'Wait as long as the Retry-After header says, then go on more slowly; TAIN_RATE_LIMIT sets the limit.',
    detail: (param) =>
      `More than ${param('limit')} requests a minute came from this caller; go on in ${param('seconds')} s.`,
  },
  'request.aborted': {
    title: 'The request ended before it was complete',
    help: 'Send it again; nothing of it was kept.',
    detail: () => 'The connection was closed in the middle of the request.',
  },
  'auth.missing': {
    title: 'The request carries no valid token',
    help: 'Make one with: tain token --role ROLE (or ask the issuer that TAIN_JWT_ISSUER names).',
    detail: (param) => `The token was not accepted: ${param('reason')}.`,
  },
  'auth.forbidden': {
    title: 'The role of this token may not do this',
    help: 'Ask for a token of a role that may.',
    detail: (param) =>
      `The role ${param('role')} may not do ${param('action')}; the roles that may: ${param('roles')}.`,
  },
  'register.invalid': {
    title: 'A register cannot be read',
    help: 'Correct the line or fetch the register again, then start Tain again; TAIN_REGISTER_DIR names its folder.',
    detail: (param) =>
      `${param('file')}, line ${param('line')}, column ${quote(param('field'))}: ` +
      `${quote(param('value'))} ${REGISTER_FAULTS[param('fault')] ?? 'cannot be read'}.`,
  },
  'register.unreadable': {
    title: 'The folder of the registers cannot be read',
    help: 'Put lei.csv, mic.csv or upi.csv into the folder that TAIN_REGISTER_DIR names, readable for Tain, or unset it.',
    detail: (param) => `${param('path')} cannot be read: ${param('reason')}.`,
  },
  'register.unknown': {
    title: 'The registers of a file are not kept any more',
    help: 'Restore register_set and register_part from the backup of the database.',
    detail: (param) => `The registers of version ${param('version')} are missing or were changed.`,
  },
  'rule.unknown': {
    title: 'There is no such rule',
    help: 'Ask with an id, or with the number of an element (67) for all of its rules; docs/rules lists them.',
    detail: (param) => `There is no rule ${quote(param('rule'))}. The nearest: ${param('nearest')}.`,
  },
  'priority.not-overridden': {
    title: 'Nothing is forced by an operator',
    help: 'Nothing to do: the governor decides by itself. GET /v1/priority shows what it holds, and why.',
    detail: () => 'There is no override to end; it has ended by itself, or somebody else ended it.',
  },
  'verification.busy': {
    title: 'Another proof is under way',
    help: 'Ask again after the seconds that Retry-After names, or run: tain verify',
    detail: (param) => `${param('date')} cannot be proven now: the proof of ${param('other')} is under way.`,
  },
  'verification.nothing': {
    title: 'There is nothing to prove',
    help: 'Name a folder date (2026-11-21), a file id, a file name or a path; tain status lists the newest files.',
    detail: (param) => `There is no file of ${param('name')}.`,
  },
  'service.unavailable': {
    title: 'A service that Tain needs does not answer',
    help: 'Look at: tain status',
    detail: (param) => `${param('service')} does not answer.`,
  },
  'service.overloaded': {
    title: 'Tain has more to do than it can',
    help: 'Wait as long as the Retry-After header says and send the request again.',
    detail: () => 'The API sheds requests until it has caught up.',
  },
  'service.timeout': {
    title: 'The answer took too long',
    help: 'Ask for less at once (a smaller page, one date), or try again when there is less to do.',
    detail: (param) => `${param('service')} did not finish in time.`,
  },
  internal: {
    title: 'Something went wrong inside Tain',
    help: 'Look into the log; report it with the request id.',
    detail: () => 'The request could not be served.',
  },
};

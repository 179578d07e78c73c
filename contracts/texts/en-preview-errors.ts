/** The words for errors of the preview and its tables, in English. Spread into those of all errors. */
import type { ErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';
import { describeTableProblemEn } from './tables-en.ts';

type PreviewErrorCode = Extract<ErrorCode, `preview.${string}` | `table.${string}`>;

export const ENGLISH_PREVIEW_ERRORS: Readonly<Record<PreviewErrorCode, ErrorWords>> = {
  'preview.no-record': {
    title: 'The file has no such record',
    help: 'Ask for a record of the file by its number; the first record behind the header is 1.',
    detail: (param) =>
      `${param('file')} has ${param('read')} records, and none of number ${param('record')}.`,
  },
  'preview.rejected-record': {
    title: 'The record is rejected, so that nothing follows of it',
    help: 'Run tain validate for what is wrong with it, and mend it first.',
    detail: (param) => `Record ${param('record')} of ${param('file')} is rejected.`,
  },
  'preview.not-submission': {
    title: 'Only submissions can be previewed',
    help: 'Name a file in the submission format: one with a column for #102 or #103.',
    detail: (param) => `${param('file')} has data that were published already.`,
  },
  'table.invalid': {
    title: 'A table cannot be read',
    help: 'Correct the row and run the command again; TAIN_TABLE_DIR names the folder. Nothing of it was loaded.',
    detail: (param) =>
      `${param('file')} has problems (${param('problems')}). The first: ` +
      describeTableProblemEn({
        line: Number(param('line')),
        field: param('field') || null,
        value: param('value'),
        problem: param('problem'),
        allowed: param('allowed'),
      }),
  },
  'table.unreadable': {
    title: 'The folder of the tables cannot be read',
    help: 'Let TAIN_TABLE_DIR name a folder with the tables as UTF-8 files, readable for Tain, or unset it.',
    detail: (param) => `${param('path')} cannot be read: ${param('reason')}.`,
  },
  'table.unknown': {
    title: 'A file of the table folder is no table',
    help: 'Rename the file or take it out of the folder that TAIN_TABLE_DIR names.',
    detail: (param) => `${quote(param('file'))} in ${param('path')} is no table; tables: ${param('tables')}.`,
  },
};

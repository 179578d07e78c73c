/** The words for errors of the desk: traces, exceptions, obligations, reconciliation. Spread into those of all errors. */
import type { DeskErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

export const ENGLISH_DESK_ERRORS: Readonly<Record<DeskErrorCode, ErrorWords>> = {
  'reconcile.not-submission': {
    title: 'The report is not in the submission format',
    help: 'Ask the repository for its open swaps report as CSV with a column per element, UTI (#103) and action type (#26) among them.',
    detail: (param) => `${param('file')} is public dissemination data, which names no swap.`,
  },
  'reconcile.entity-unknown': {
    title: 'The entity is none of ours',
    help: 'Check the LEI, or list the entity in entities.csv in the folder TAIN_TABLE_DIR (docs/tables.md).',
    detail: (param) => `${quote(param('entity'))} is none of our entities on ${param('date')}.`,
  },
  'reconcile.not-read': {
    title: 'A report that was not read whole verifies nothing',
    help: 'Mend the lines that are named above, or ask the repository for the report again; then reconcile it with --record.',
    detail: (param) =>
      `Of ${param('file')} ${param('lines')} lines could not be read, the first is line ${param('line')}: nothing was recorded.`,
  },
  'trace.not-found': {
    title: 'There is nothing of this name',
    help:
      'Give the whole UTI, USI or portfolio key (GET /v1/swaps), the id of a received file (GET /v1/files), ' +
      'the id of a message, which begins with 45- or 43-, or the name of a file of send/.',
    detail: (param) => `No swap, portfolio, file or message is named ${quote(param('id'))}.`,
  },
  'exception.not-found': {
    title: 'There is no such exception',
    help: 'It may be settled. GET /v1/exceptions lists what needs a person now.',
    detail: (param) => `Nothing that needs a person has the key ${quote(param('key'))}.`,
  },
  'exception.persists': {
    title: 'The cause is still there',
    help: 'Remove the cause as the exception says; it is then gone by itself. What you know of it can be noted meanwhile.',
    detail: (param) => `${quote(param('key'))} cannot be resolved: ${param('count')} of it are still there.`,
  },
  'exception.taken': {
    title: 'Somebody else has taken it',
    help: 'Speak to them, or take it with "force": true.',
    detail: (param) => `${quote(param('key'))} was taken by ${quote(param('owner'))}.`,
  },
  'obligations.range': {
    title: 'The range of days cannot be answered',
    help: 'Give `from` and `to` as dates like 2026-11-21, `to` not before `from`, and no more than 92 days.',
    detail: (param) => `From ${param('from')} to ${param('to')} are ${param('days')} days.`,
  },
};

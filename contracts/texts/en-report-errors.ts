/** The words for errors of reports, in English. Spread into those of all errors. */
import type { ReportErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

export const ENGLISH_REPORT_ERRORS: Readonly<Record<ReportErrorCode, ErrorWords>> = {
  'report.not-found': {
    title: 'There is no such report',
    help: 'Your reports are listed by GET /v1/reports; those of others are theirs.',
    detail: (param) => `There is no report ${quote(param('report'))} that you may see.`,
  },
  'report.kind-forbidden': {
    title: 'This role may not have reports of this kind',
    help: 'Ask somebody with another role, or for another kind of report.',
    detail: (param) =>
      `The role ${param('role')} may not have ${quote(param('kind'))}; these may: ${param('roles')}.`,
  },
  'report.day-not-cut': {
    title: 'What was known at this day cannot be said',
    help: 'Leave knownAt out for all that is known, or name a business date that has been cut.',
    detail: (param) => `knownAt: the day ${param('day')} has not been cut.`,
  },
  'report.not-ready': {
    title: 'The report has no file',
    help: 'Look at its state; one that failed, was cancelled or has expired can be asked for again.',
    detail: (param) => `The report ${param('report')} is ${param('state')}.`,
  },
  'report.file-lost': {
    title: 'The file of the report is gone or was changed',
    help: 'Delete the report and ask for it again.',
    detail: (param) => `The file ${param('path')} is not the one that was written.`,
  },
  'report.range-unsatisfiable': {
    title: 'The report has no such bytes',
    help: 'Ask for a range within the size of the file, or for the whole.',
    detail: (param) => `The file has ${param('size')} bytes; asked for was ${quote(param('range'))}.`,
  },
  'report.superseded': {
    title: 'Another attempt writes the report',
    help: 'Nothing to do: the newest attempt goes on.',
    detail: (param) => `The report ${param('report')} is written by a newer attempt, or by none any more.`,
  },
  'report.unattended': {
    title: 'Nobody takes the report on',
    help: 'See whether the on-demand worker and Temporal run (tain status), then ask again: the same request finds the same report.',
    detail: (param) => `No worker took the report on within ${param('seconds')} s.`,
  },
};

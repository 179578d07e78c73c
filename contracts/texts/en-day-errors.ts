/** The words for errors of CFTC days, in English. Spread into those of all errors. */
import type { DayErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

export const ENGLISH_DAY_ERRORS: Readonly<Record<DayErrorCode, ErrorWords>> = {
  'day.not-found': {
    title: 'There is no such day',
    help: 'Look at the days with: tain day status. Open one with: tain day run DATE.',
    detail: (param) => `No day ${param('date')} was opened.`,
  },
  'day.not-business-day': {
    title: 'The date is no business day',
    help: 'Take the business day that follows, or say with --reason why this date is run all the same.',
    detail: (param) => `${param('date')} is no business day of calendar ${param('calendar')}.`,
  },
  'day.ahead': {
    title: 'The date has not come yet',
    help: 'Wait until the date has begun; the opener opens it by itself when its cut time has come.',
    detail: (param) => `It is ${param('today')} in ${param('zone')}, before ${param('date')}.`,
  },
  'day.behind': {
    title: 'A later day is cut already',
    help: 'What belongs to this date goes with the next day that is cut; nothing is lost.',
    detail: (param) => `Day ${param('newest')} is cut: ${param('date')} would take what came behind it.`,
  },
  'day.not-reporter': {
    title: 'A repository cuts no days',
    help: 'Set TAIN_ROLE to reporter where reports are to be sent.',
    detail: (param) => `Day ${param('date')} is not run: TAIN_ROLE is repository.`,
  },
  'day.input-unknown': {
    title: 'The day expects no such input',
    help: 'Look at the names of its inputs with: tain day status DATE.',
    detail: (param) => `Day ${param('date')} expects no input ${quote(param('name'))}.`,
  },
  'day.input-settled': {
    title: 'The input is not waited for',
    help: 'Nothing is to be done: an input that is there, or was waived, stays so.',
    detail: (param) => `Day ${param('date')}: input ${quote(param('name'))} is ${param('state')}.`,
  },
  'day.not-closable': {
    title: 'The day cannot be closed now',
    help: 'Look at what it waits for with: tain day status DATE.',
    detail: (param) => `Day ${param('date')} is in state ${param('state')}.`,
  },
  'day.not-reopenable': {
    title: 'The day cannot be opened again now',
    help: 'Look at its state with: tain day status DATE; a day that is open or at work needs no second opening.',
    detail: (param) => `Day ${param('date')} is in state ${param('state')}.`,
  },
  'day.sent-already': {
    title: 'A day of which something was sent cannot be opened again',
    help: 'What was sent stays sent: report corrections as messages of the day on which they are found.',
    detail: (param) => `Of day ${param('date')}, ${param('messages')} messages have left.`,
  },
  'day.unattended': {
    title: 'Nobody looks after the day',
    help:
      'Look at tain status: Temporal and the batch worker must run. Then look at the day before asking again, ' +
      'because a request that was not answered may still be carried out.',
    detail: (param) => `Day ${param('date')}: its workflow did not answer within ${param('seconds')} s.`,
  },
  'day.later-made': {
    title: 'Messages of a later day come behind those of the day',
    help: 'Open the later day again first (tain day reopen), unless it was sent: then report what is to be mended as a correction.',
    detail: (param) => `Day ${param('date')}: messages of ${param('later')} come behind its own.`,
  },
  'day.unreported': {
    title: 'Events of the day would never be reported',
    help: 'See with tain day status DATE what keeps it from going on, mend that, and open it again with tain day reopen.',
    detail: (param) => `Day ${param('date')}: its messages are not all made, or stand in no file yet.`,
  },
  'day.superseded': {
    title: 'Somebody else is at work on the day',
    help: 'Nothing is to be done: Tain goes on from where the other one is.',
    detail: (param) => `Day ${param('date')}: version ${param('version')} is not where this attempt left it.`,
  },
  'day.nothing-to-report': {
    title: 'The day has nothing to report',
    help: 'Close it with: tain day close DATE --reason, or open it again when something has come.',
    detail: (param) => `Nothing came for day ${param('date')}, and nothing is owed for it.`,
  },
  'day.valuations-owed': {
    title: 'Nothing came for the day, and valuations are owed',
    help: 'Send the valuations and open the day again (tain day reopen), or close it with a reason.',
    detail: (param) =>
      `Nothing came for day ${param('date')}: valuations of ${param('owed')} open swaps are owed, like ${quote(param('first'))}.`,
  },
  'day.submitter-missing': {
    title: 'It is not known who submits a message',
    help: 'Set TAIN_SUBMITTER_LEI, start the batch worker again, then open the day again with: tain day reopen.',
    detail: (param) => `Day ${param('date')}: ${param('place')} names no submitter (#22).`,
  },
  'day.reporting-times': {
    title: 'There is no room for the reporting timestamps of a swap',
    help: 'Open the day again some minutes later with: tain day reopen.',
    detail: (param) =>
      `Day ${param('date')}: the ${param('messages')} messages of ${quote(param('subject'))} do not fit between ` +
      `the one of ${param('last')} and the cut.`,
  },
  'day.clock-behind': {
    title: 'The clock is behind the last cut',
    help: 'Set the clock of the machine right. The day is cut by itself as soon as the clock is past the cut before.',
    detail: (param) =>
      `Day ${param('date')} cannot be cut before ${param('earliest')}: a day was cut by a clock that was ahead.`,
  },
  'day.folder-unwritable': {
    title: 'The files of a day cannot be written',
    help: 'Check rights and disk of the folder; Tain tries again by itself.',
    detail: (param) => `Day ${param('date')}: ${param('path')} cannot be written (${param('reason')}).`,
  },
  'day.file-not-found': {
    title: 'The day has no such file',
    help: 'Look at the names of its files with: GET /v1/days/DATE/files.',
    detail: (param) => `Day ${param('date')} has no file ${quote(param('name'))}.`,
  },
  'day.file-lost': {
    title: 'A file of the day is not what was written',
    help: 'Look for it in a backup; what it said is kept in the database with each message.',
    detail: (param) => `Day ${param('date')}: ${param('path')} is gone or was changed (${param('reason')}).`,
  },
  'day.version-unknown': {
    title: 'The day has no such version',
    help: 'Leave the version out to take the current one.',
    detail: (param) =>
      `Day ${param('date')} has no version ${param('version')}; the last one is ${param('last')}.`,
  },
  'day.not-written': {
    title: 'The day has no files',
    help: 'Look at where it stands with: tain day status DATE. It can be replayed once its files are written.',
    detail: (param) =>
      `Of day ${param('date')}, version ${param('version')}, no files are there to be compared with (${param('state')}).`,
  },
  'day-file.invalid': {
    title: 'The day file cannot be used',
    help: 'Correct the file; docs/days.md shows one.',
    detail: (param) => `${param('file')}: ${param('place')}: ${param('problem')}`,
  },
  'day-file.unreadable': {
    title: 'The day file cannot be read',
    help: 'Check TAIN_DAY_FILE and the rights of the file.',
    detail: (param) => `${param('file')} cannot be read (${param('reason')}).`,
  },
};

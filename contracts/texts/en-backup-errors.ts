/** The words for errors of backups and restores. Spread into those of all errors. */
import type { BackupErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

/** What is wrong with a file of a backup. */
const DAMAGES: Readonly<Record<string, string>> = {
  missing: 'is missing',
  size: 'is not as long as it was written',
  content: 'is not what was written',
};

export const ENGLISH_BACKUP_ERRORS: Readonly<Record<BackupErrorCode, ErrorWords>> = {
  'backup.taken': {
    title: 'There is something where the backup would go',
    help: 'Name a folder that does not exist yet: a backup never takes the place of another one.',
    detail: (param) => `${param('folder')} is there already.`,
  },
  'backup.within-data': {
    title: 'The backup would lie in what it is a backup of',
    help: 'Name a folder outside of the data directory, best on another disk.',
    detail: (param) => `${param('folder')} lies below ${param('data')}.`,
  },
  'backup.unwritable': {
    title: 'A place that is written to takes no more',
    help: 'Free some room there (ENOSPC), or make it writable (EACCES), and run the command again; nothing half done was left.',
    detail: (param) => `${param('path')} cannot be written: ${param('reason')}.`,
  },
  'backup.not-found': {
    title: 'There is no backup',
    help: 'Name the folder that holds manifest.json. A folder that ends in .unfinished is a backup that was interrupted: make another one.',
    detail: (param) => `${param('folder')} has no manifest.json.`,
  },
  'backup.damaged': {
    title: 'The backup is not what was written',
    help: 'Nothing was restored. Take another copy of this backup, or an earlier backup.',
    detail: (param) =>
      `${param('file')} (${param('about')}) ${DAMAGES[param('what')] ?? param('what')}: expected ${param('expected')}, found ${param('found')}.`,
  },
  'backup.newer': {
    title: 'The backup was made by a newer version of Tain',
    help: 'Restore it with that version or a later one.',
    detail: (param) => `Its ${param('what')} is ${param('theirs')}; this version knows ${param('ours')}.`,
  },
  'backup.migration-unknown': {
    title: 'The backup is of another schema',
    help: 'Restore it with the version of Tain that made it.',
    detail: (param) =>
      `Its migration ${param('migration')} has the checksum ${param('theirs')}, and here ${param('ours')}.`,
  },
  'backup.table-unknown': {
    title: 'The backup has a table that this schema has not',
    help: 'Restore it with the version of Tain that made it. Nothing was restored.',
    detail: (param) =>
      `${param('file')} holds ${param('table')} with the columns ${param('columns')}; expected: ${param('expected') || 'no such table'}.`,
  },
  'backup.table-missing': {
    title: 'The backup lacks a table of this schema',
    help: 'Restore it with the version of Tain that made it. Nothing was restored.',
    detail: (param) => `${param('table')} is not in the backup.`,
  },
  'backup.rows-differ': {
    title: 'A table has another number of rows than the backup says',
    help: 'Nothing was restored. Take another copy of this backup, or an earlier backup.',
    detail: (param) =>
      `${param('file')} gave ${param('table')} ${param('found')} rows; expected ${param('expected')}.`,
  },
  'backup.refused': {
    title: 'The database refuses a row of the backup',
    help: 'Nothing was restored. Take another copy of this backup, or an earlier backup; report it if they are the same.',
    detail: (param) =>
      `${param('file')}, line ${param('line')} of ${param('table')}: ${quote(param('reason'))}.`,
  },
  'restore.database-taken': {
    title: 'The database is not empty',
    help: 'Restore into a database without tables: name another one by DATABASE_URL, or another folder by TAIN_STATE_DIR. Nothing was changed.',
    detail: (param) => `It has the tables ${param('tables')}.`,
  },
  'restore.data-taken': {
    title: 'The data directory is not empty',
    help: 'Name an empty folder by TAIN_DATA_DIR, or move away what is there. Nothing was changed.',
    detail: (param) => `${param('folder')} has ${param('count')} entries, among them ${param('names')}.`,
  },
};

/** The words of a proof, in English: per kind of difference one sentence that says what is stored and what should be. */
import type { AuditBreak, Difference, DifferenceKind } from '../verification.ts';
import { quote } from './shape.ts';

type Words = (expected: string, actual: string) => string;

/** Sentences by kind, without the place in front. */
export const DIFFERENCE_TEXTS: Readonly<Record<DifferenceKind, Words>> = {
  disk: (expected, actual) =>
    expected === '' && actual === ''
      ? 'the file in its folder is not the one that was taken; the stored records are proven from their slices.'
      : expected === ''
        ? `the file in its folder cannot be read (${actual}); the stored records are proven from their slices.`
        : `the file in its folder was changed: ${quote(actual)} where ${quote(expected)} is stored; ` +
          'the stored records are proven from their slices.',
  missing: (expected) =>
    expected === '1'
      ? 'the record is not stored.'
      : `${expected} records are not stored, of which this is the first.`,
  extra: () => 'a record is stored that the file does not have there, or that is stored twice.',
  stray: (expected, actual) =>
    `${expected} stored records belong to no file that may have them (${actual}); the first is named.`,
  split: (_, actual) => `the stored slice is not one record but ${actual}.`,
  unkept: (expected, actual) =>
    `the record is stored without its bytes although it has only ${actual}; up to ${expected} are kept.`,
  number: (expected, actual) => `the record is stored under the number ${actual} instead of ${expected}.`,
  line: (expected, actual) => `the stored line is ${actual} instead of ${expected}.`,
  offset: (expected, actual) => `the stored place is byte ${actual} instead of ${expected}.`,
  length: (expected, actual) => `the stored length is ${actual} bytes instead of ${expected}.`,
  bytes: (expected, actual) => `the stored slice has ${quote(actual)} where the file has ${quote(expected)}.`,
  verdict: (expected, actual) => `the stored verdict is ${actual}; the bytes give ${expected}.`,
  key: (expected, actual) => `the stored key is ${quote(actual)}; the bytes give ${quote(expected)}.`,
  corrects: (expected, actual) =>
    `the record that it corrects is stored as ${quote(actual)}; the bytes give ${quote(expected)}.`,
  link: (expected, actual) =>
    expected === '' && actual === ''
      ? 'the stored links to corrected records are not those that the audit log knows.'
      : `the stored link to the corrected record is ${actual || 'missing'}; the stored records give ${expected || 'none'}.`,
  issues: (expected, actual) =>
    `the stored issues are ${actual || 'none'}; the bytes give ${expected || 'none'}.`,
  header: (expected, actual) =>
    expected === ''
      ? `the header cannot be read (${actual}).`
      : `the stored header has ${quote(actual)} where the file has ${quote(expected)}.`,
  format: (expected, actual) => `the stored format is ${actual}; the header is of ${expected}.`,
  columns: (expected, actual) =>
    `the stored list of unknown columns is ${actual}; the header gives ${expected}.`,
  read: (expected, actual) => `the stored number of records is ${actual}; there are ${expected}.`,
  accepted: (expected, actual) =>
    `the stored number of accepted records is ${actual}; there are ${expected}.`,
  rejected: (expected, actual) =>
    `the stored number of rejected records is ${actual}; there are ${expected}.`,
  size: (expected, actual) => `the stored size is ${actual} bytes; there are ${expected}.`,
  compression: (expected, actual) => `the stored compression is ${actual}; the file's is ${expected}.`,
  hash: (expected, actual) => `the sha-256 is ${actual} instead of ${expected}.`,
  audit: (expected, actual) => `the stored ${actual} is not what the audit log says: ${expected}.`,
  unaudited: (expected, actual) => `the file is ${actual}, but the audit log has no ${expected} of it.`,
  removed: (expected, actual) => `the audit log knows ${expected} (${actual}), but there is no such file.`,
  'event-missing': () => 'the record is accepted, and the ledger has no event of it.',
  'event-extra': () => 'the ledger has an event of it, and there is no accepted record that makes one.',
  'event-content': (expected, actual) =>
    `the ledger has ${actual} where the record gives ${expected || 'something else'}.`,
  outcome: (expected, actual) =>
    `the ledger says ${actual}; the events of the swap give ${expected || 'no such event'}.`,
  outcomes: (expected, actual) =>
    `the outcomes in the ledger add up to ${actual}; ${expected} records are accepted.`,
  'event-key': (expected, actual) => `the event key of ${expected} is held by ${actual || 'nobody'}.`,
  state: (expected, actual) => `the stored state of ${expected} is ${actual}.`,
};

const BREAK_TEXTS: Readonly<Record<AuditBreak['kind'], string>> = {
  removed: 'was removed, or never was: the number is missing.',
  altered: 'was altered: it does not give its own hash.',
  unlinked: 'does not follow the row before it: one of the two was altered, and its hash made anew.',
};

/** "record 41 (line 42, bytes 25874–26441)", as far as it is known; empty for a whole file. */
function describePlace({ record, line, bytes }: Difference): string {
  const inner = [
    line === null ? null : `line ${line}`,
    bytes === null || bytes.to <= bytes.from
      ? null
      : bytes.to === bytes.from + 1
        ? `byte ${bytes.from}`
        : `bytes ${bytes.from}–${bytes.to - 1}`,
  ]
    .filter(Boolean)
    .join(', ');
  if (record === null) return inner;
  return inner === '' ? `record ${record}` : `record ${record} (${inner})`;
}

/** Their sentences say themselves what they are about. */
const OF_NO_FILE: readonly DifferenceKind[] = ['event-content', 'outcome', 'event-key', 'state'];

/** Puts a difference into words. */
export function describeDifference(difference: Difference): string {
  const place = describePlace(difference);
  const words = DIFFERENCE_TEXTS[difference.kind](difference.expected ?? '', difference.actual ?? '');
  if (place === '') return OF_NO_FILE.includes(difference.kind) ? words : `whole file: ${words}`;
  return `${place}: ${words}`;
}

/** Puts a break of the audit chain into words. */
export function describeAuditBreak({ kind, seq, until }: AuditBreak): string {
  const rows = until > seq ? `rows ${seq}–${until}` : `row ${seq}`;
  return `audit ${rows}: ${BREAK_TEXTS[kind]}`;
}

/** Collecting what does not fit between the records of a file and the stored ones. */
import type { Issue, Verdict } from '../../contracts/issues.ts';
import {
  MAX_SHOWN_DIFFERENCES,
  type Difference,
  type DifferenceKind,
  type Differences,
} from '../../contracts/verification.ts';
import { decodeUtf8 } from '../csv/decode.ts';
import type { SliceHash } from '../csv/split.ts';

/** A record as it is stored; its slice has one character per byte. */
export type StoredRecord = {
  readonly record: number;
  readonly line: number;
  readonly offset: number;
  readonly length: number;
  readonly verdict: string;
  readonly key: string | null;
  readonly issues: readonly Issue[];
  /** Null for a record that is too long to be kept. */
  readonly slice: string | null;
  /** Of a record that is too long to be kept. */
  readonly sliceSha256: string | null;
  /** Reference of the rejected record that it was sent to correct. */
  readonly corrects: string | null;
};

/** A record as it has to be stored. */
export type ExpectedRecord = {
  readonly record: number;
  readonly line: number;
  readonly offset: number;
  readonly length: number;
  /** Null for a record that is too long to be held; its hash is known then. */
  readonly slice: string | null;
  readonly sliceSha256: string | null;
  readonly verdict: Verdict;
};

type Place = Pick<Difference, 'record' | 'line' | 'bytes'>;

/** A difference that concerns no record. */
export const WHOLE_FILE: Place = { record: null, line: null, bytes: null };

const MAX_EXCERPT = 40;
const MAX_ISSUES_TEXT = 300;

export class Tally implements Differences {
  differing = 0;
  readonly differences: Difference[] = [];

  add(kind: DifferenceKind, place: Place, expected: Value = null, actual: Value = null): void {
    this.differing += 1;
    if (this.differences.length >= MAX_SHOWN_DIFFERENCES) return;
    this.differences.push({ kind, ...place, expected: toText(expected), actual: toText(actual) });
  }

  /** Adds a difference unless both are equal. */
  compare(kind: DifferenceKind, place: Place, expected: Value, actual: Value): void {
    if (expected !== actual) this.add(kind, place, expected, actual);
  }

  /** Adds where two runs of bytes differ, from the first to the last byte that does. */
  compareBytes(kind: DifferenceKind, place: Place, offset: number, expected: string, actual: string): void {
    if (expected === actual) return;
    const [from, to] = findDifference(expected, actual);
    const bytes = { from: offset + from, to: offset + to };
    this.add(kind, { ...place, bytes }, excerpt(expected, from, to), excerpt(actual, from, to));
  }
}

type Value = string | number | null;

const toText = (value: Value): string | null => (value === null ? null : String(value));

/** As text where it is; cut in the middle of a character it is shown byte by byte. */
function excerpt(binary: string, from: number, to: number): string {
  const bytes = binary.slice(from, Math.min(to, from + MAX_EXCERPT));
  return decodeUtf8(bytes) ?? bytes;
}

/** First byte that differs and the one behind the last, as far as the longer one reaches. */
function findDifference(one: string, other: string): [from: number, to: number] {
  let from = 0;
  while (from < one.length && one.charCodeAt(from) === other.charCodeAt(from)) from += 1;
  if (one.length !== other.length) return [from, Math.max(one.length, other.length)];
  let to = one.length;
  while (to > from && one.charCodeAt(to - 1) === other.charCodeAt(to - 1)) to -= 1;
  return [from, to];
}

export const placeOf = ({
  record,
  line,
  offset,
  length,
}: Pick<ExpectedRecord, 'record' | 'line' | 'offset' | 'length'>): Place => ({
  record,
  line,
  bytes: { from: offset, to: offset + length },
});

/** Compares everything that is stored of a record with what it has to be. */
export function compareRecord(
  tally: Tally,
  expected: ExpectedRecord,
  stored: StoredRecord,
  createSha256: () => SliceHash,
): void {
  const place = placeOf(expected);
  tally.compare('number', place, expected.record, stored.record);
  tally.compare('line', place, expected.line, stored.line);
  tally.compare('offset', place, expected.offset, stored.offset);
  tally.compare('length', place, expected.length, stored.length);
  if (stored.slice !== null && expected.slice !== null) {
    tally.compareBytes('bytes', place, expected.offset, expected.slice, stored.slice);
  } else {
    const hash = (slice: string | null, known: string | null): string | null => {
      if (slice === null) return known;
      const digest = createSha256();
      digest.update(slice);
      return digest.digest();
    };
    const should = hash(expected.slice, expected.sliceSha256);
    tally.compare('hash', place, should, hash(stored.slice, stored.sliceSha256));
  }
  compareVerdict(tally, place, expected.verdict, stored);
}

function compareVerdict(tally: Tally, place: Place, expected: Verdict, stored: StoredRecord): void {
  tally.compare('verdict', place, expected.accepted ? 'accepted' : 'rejected', stored.verdict);
  tally.compare('key', place, expected.key, stored.key);
  tally.compare('corrects', place, expected.corrects, stored.corrects);
  const unequal = compareIssues(expected.issues, stored.issues);
  if (unequal !== null) tally.add('issues', place, unequal.expected, unequal.actual);
}

/** Two lists of issues in words short enough to be shown, by their rules alone where those differ; null when equal. */
export function compareIssues(
  expected: readonly Issue[],
  actual: readonly Issue[],
): { readonly expected: string; readonly actual: string } | null {
  if (expected.length === 0 && actual.length === 0) return null;
  const [should, is] = [canonical(expected), canonical(actual)];
  if (should === is) return null;
  const [shouldRules, areRules] = [listRules(expected), listRules(actual)];
  if (shouldRules !== areRules) return { expected: shouldRules, actual: areRules };
  return { expected: should.slice(0, MAX_ISSUES_TEXT), actual: is.slice(0, MAX_ISSUES_TEXT) };
}

const listRules = (issues: readonly Issue[]): string =>
  issues.map(({ ruleId, element }) => (element === null ? ruleId : `${ruleId} #${element}`)).join(', ');

/** JSON with the members of every object in one order: the database keeps them in its own. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}

/** Batches of stored records, one after the other, with a look at the next. */
export class StoredRecords {
  readonly #batches: AsyncIterator<readonly StoredRecord[]>;
  #batch: readonly StoredRecord[] = [];
  #at = 0;

  constructor(batches: AsyncIterable<readonly StoredRecord[]>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** The next record, undefined behind the last; `take` goes on to the one behind it. */
  async peek(): Promise<StoredRecord | undefined> {
    while (this.#at >= this.#batch.length) {
      const next = await this.#batches.next();
      if (next.done) return undefined;
      this.#batch = next.value;
      this.#at = 0;
    }
    return this.#batch[this.#at];
  }

  take(): void {
    this.#at += 1;
  }

  /** Lets the source go, read to its end or not. */
  async close(): Promise<void> {
    await this.#batches.return?.();
  }
}

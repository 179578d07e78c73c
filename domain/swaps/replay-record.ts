/**
 * Records judged and read again from the bytes that are stored of them, and what the ledger has of them beside it. All
 * of it is a pure function of (bytes, layout, rules in force).
 */
import type { Issue, Verdict } from '../../contracts/issues.ts';
import { isPlain } from '../csv/decode.ts';
import { createSplitter, type CsvRecord, type SliceHash } from '../csv/split.ts';
import type { Layout } from './header.ts';
import { createJudge, type JudgeContext } from './judge.ts';
import type { RecordValues } from './record-content.ts';
import { readRecord, writeRecord } from './record-text.ts';
import type { SwapEvent } from './swap-event.ts';
import { readRecordValues } from './values.ts';
import type { StoredRecord } from './verify-differences.ts';

export type ReplayedRecord = {
  /** Null when the bytes are not one record. */
  readonly verdict: Verdict | null;
  /** Null when its fields cannot be read. */
  readonly values: RecordValues | null;
};

/** A hash is asked for only of what is too long to be kept, which is not kept. */
const NO_HASH = (): SliceHash => ({ update: () => undefined, digest: () => '' });

/** Makes the judge of stored slices of a file. */
export function createSliceJudge(
  layout: Layout,
  context: JudgeContext,
): (stored: StoredRecord) => ReplayedRecord {
  const judge = createJudge(layout, context);
  return ({ slice, offset, line, length, sliceSha256: sha256 }) => {
    if (slice === null) {
      const long = { line, lines: 1, offset, byteLength: length, slice, text: '', plain: true, sha256 };
      return { verdict: judge(long), values: null };
    }
    const record = recordOf(slice, offset, line);
    if (record === null) return { verdict: null, values: null };
    return { verdict: judge(record), values: readRecordValues(slice, layout) };
  };
}

function recordOf(slice: string, offset: number, line: number): CsvRecord | null {
  const found: CsvRecord[] = [];
  const keep = (record: CsvRecord): void => void found.push(record);
  const splitter = createSplitter({ offset, line }, NO_HASH);
  splitter.push(slice, isPlain(slice), keep);
  splitter.end(keep);
  return found.length === 1 ? found[0]! : null;
}

/** What rejects a record: the first issue that does. */
export const decisiveIssue = ({ issues }: Pick<Verdict, 'issues'>): Issue | null =>
  issues.find(({ severity }) => severity === 'error') ?? issues[0] ?? null;

export type FieldDifference = {
  /** Element number with its leg, like "#31.1"; null: the event as a whole. */
  readonly field: string | null;
  readonly stored: string | null;
  readonly replayed: string | null;
};

/** An event of the ledger by its text. */
export type EventText = Pick<SwapEvent, 'text' | 'contentHash'>;

/** In what an event of the ledger differs from the one that its bytes make, element by element; empty: in nothing. */
export function compareTexts(stored: EventText, replayed: EventText): FieldDifference[] {
  if (stored.text === replayed.text) {
    if (stored.contentHash === replayed.contentHash) return [];
    return [{ field: 'content hash', stored: stored.contentHash, replayed: replayed.contentHash }];
  }
  const [was, now] = [elementsOf(stored.text), elementsOf(replayed.text)];
  if (was === null || now === null) return [{ field: null, stored: stored.text, replayed: replayed.text }];
  const differing = [...new Set([...Object.keys(was), ...Object.keys(now)])]
    .filter((code) => inWords(was[code]) !== inWords(now[code]))
    .map((code) => ({ field: code, stored: inWords(was[code]), replayed: inWords(now[code]) }));
  if (differing.length > 0) return differing;
  return [{ field: null, stored: stored.text, replayed: replayed.text }];
}

/** Is the text of an event what its own hash says? What was changed by hand is not. */
export function holdsItsHash({ text, contentHash }: EventText, hash: (text: string) => string): boolean {
  if (elementsOf(text) === null) return false;
  return hash(writeRecord(readRecord(text)).content) === contentHash;
}

type Elements = Readonly<Record<string, string | readonly string[]>>;

/** Null when the text is none of ours. */
function elementsOf(text: string): Elements | null {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Elements) : null;
  } catch {
    return null;
  }
}

const inWords = (value: Elements[string] | undefined): string | null =>
  value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);

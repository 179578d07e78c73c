/** The bytes of a feed message as the values of a record, or what keeps them from being read. */
import type { Issue, IssueParams } from '../../contracts/issues.ts';
import type { RuleId } from '../cftc/rules.ts';
import { MAX_RECORD_BYTES } from '../csv/split.ts';
import { FEED_LAYOUT, feedColumnByKey } from './feed-layout.ts';
import { findRepeatedKeys } from './json-keys.ts';
import { MAX_FINDINGS } from './issue-limit.ts';
import { makeIssue } from './issues.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What the record of a file cannot hold: NUL, line breaks, half a surrogate pair. */
const FOREIGN = /[\0\n\r]|\p{Surrogate}/u;
/** What a UPI says beside what rules ask for; carried along unread, as the column of a file is. */
const PRODUCT_PREFIX = 'upi.';
const SHOWN_KEYS = 5;
const SHOWN_KEY_LENGTH = 40;

export type MessageFields = {
  /** One per column of FEED_LAYOUT, blank ones as ''; a list is joined as in a file. */
  readonly fields: readonly string[];
  /** Values without a column, by key. */
  readonly others: Readonly<Record<string, string>>;
  /** What is worth saying although the message can be read. */
  readonly issues: readonly Issue[];
};

/** Reads a message; everything that is wrong with its shape is named, not only the first. */
export function readMessage(bytes: Uint8Array): MessageFields | { readonly refused: readonly Issue[] } {
  if (bytes.length > MAX_RECORD_BYTES) {
    return refuse('feed.message-too-long', { max: MAX_RECORD_BYTES, actual: bytes.length });
  }
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return refuse('feed.not-utf8', {});
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('feed.not-json', {});
  }
  if (kindOf(value) !== 'object') return refuse('feed.not-object', { actual: kindOf(value) });
  return readObject(value as Readonly<Record<string, unknown>>, text);
}

const refuse = (ruleId: RuleId, params: IssueParams) => ({
  refused: [makeIssue(ruleId, null, null, params)],
});

function readObject(
  object: Readonly<Record<string, unknown>>,
  text: string,
): MessageFields | { readonly refused: readonly Issue[] } {
  const wrong: Issue[] = [];
  const unknown: string[] = [];
  const others: [string, string][] = [];
  const fields = FEED_LAYOUT.columns.map(() => '');
  const entries = Object.entries(object);

  for (const key of findRepeatedKeys(text, entries.length))
    wrong.push(ofKey('feed.key-twice', key, null, {}));
  for (const [key, value] of entries) {
    if (value === null) continue;
    const column = feedColumnByKey.get(key);
    if (column === undefined && (!key.startsWith(PRODUCT_PREFIX) || FOREIGN.test(key))) {
      unknown.push(key);
      continue;
    }
    const read = readValue(value, column?.element?.repeatable ?? false);
    if (typeof read !== 'string') wrong.push(ofKey(read.ruleId, key, read.value, read.params));
    else if (column !== undefined) fields[column.index] = read;
    else if (read !== '') others.push([key, read]);
  }
  if (wrong.length > 0) return { refused: wrong.slice(0, MAX_FINDINGS) };
  return {
    fields,
    others: Object.fromEntries(others),
    issues: unknown.length === 0 ? [] : [ofUnknown(unknown)],
  };
}

type Fault = { readonly ruleId: RuleId; readonly value: string | null; readonly params: IssueParams };

/** A value as a cell. A list may come as the text that a file would have. */
function readValue(value: unknown, repeatable: boolean): string | Fault {
  if (typeof value === 'string') return findForeign(value) ?? value;
  const expected = repeatable ? 'list' : 'text';
  if (!repeatable || !Array.isArray(value)) return ofType(expected, value);
  for (const member of value as readonly unknown[]) {
    if (typeof member !== 'string') return ofType(expected, member);
    const fault = findForeign(member);
    if (fault !== null) return fault;
    if (member.includes(';')) return { ruleId: 'feed.list-member', value: member, params: {} };
  }
  return value.join(';');
}

const ofType = (expected: string, value: unknown): Fault => ({
  ruleId: 'feed.value-type',
  value: null,
  params: { expected, actual: kindOf(value) },
});

function findForeign(text: string): Fault | null {
  const found = FOREIGN.exec(text);
  if (found === null) return null;
  const code = `U+${found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  return {
    ruleId: 'feed.character',
    value: text.replaceAll(/[\0]/g, '\ufffd').toWellFormed(),
    params: { code },
  };
}

/** An issue of a key: the element where the key is one, and the key where a file has its column. */
function ofKey(ruleId: RuleId, key: string, value: string | null, params: IssueParams): Issue {
  const element = feedColumnByKey.get(key)?.element?.number ?? null;
  return { ...makeIssue(ruleId, null, value, params), element, column: showKey(key) };
}

function ofUnknown(keys: readonly string[]): Issue {
  const shown = keys.slice(0, SHOWN_KEYS).map(showKey).join(', ');
  return makeIssue('feed.key-unknown', null, null, { count: keys.length, keys: shown });
}

/** A key as it can be stored and shown: whatever it is, it does not break what holds it. */
const showKey = (key: string): string =>
  key
    .slice(0, SHOWN_KEY_LENGTH)
    .toWellFormed()
    .replaceAll(/[\u0000-\u001f\u007f]/g, '\ufffd');

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value === 'string' ? 'text' : typeof value;
}

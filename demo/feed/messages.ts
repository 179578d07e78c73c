/** What the demo feed sends: the records of a generated day as JSON, and messages that are none. */
import type { RuleId } from '../../domain/cftc/rules.ts';
import { splitFields } from '../../domain/csv/fields.ts';
import { recogniseHeader, type Layout } from '../../domain/swaps/header.ts';
import { readRecordValues } from '../../domain/swaps/values.ts';
import { DEMO_HEADER, generateDay, type DayRequest } from '../day.ts';
import type { Random } from '../random.ts';

/** What must be said of a message. */
export type ExpectedVerdict = {
  readonly verdict: 'accepted' | 'rejected';
  readonly ruleIds: readonly string[];
};

export type DayMessage = { readonly text: string; readonly expected: ExpectedVerdict };

const LAYOUT = recogniseHeader(splitFields(DEMO_HEADER.trimEnd()) as string[]) as Layout;

/** The records of a day as messages, those that cannot be read as a record left out. */
export function* dayMessages(request: DayRequest): Generator<DayMessage, void, void> {
  for (const { bytes, expected } of generateDay(request)) {
    const values = readRecordValues(bytes, LAYOUT);
    if (values === null) continue;
    const ruleIds = expected.issues.map(({ ruleId }) => ruleId);
    yield { text: JSON.stringify(values), expected: { verdict: expected.verdict, ruleIds } };
  }
}

/** Whether a message can be spoiled in every way: most of them change its first value, or name it twice. */
export const canBeSpoiled = (text: string): boolean => /^\{"actionType":"[^"\\]+"/.test(text);

type Malformed = {
  readonly ruleId: RuleId;
  /** The bytes, one character each, made from a message in ASCII that can be spoiled. */
  readonly spoil: (text: string, random: Random) => string;
};

/** Messages that no record can be read from, by what is wrong with them. */
export const MALFORMED = {
  'half-of-it': {
    ruleId: 'feed.not-json',
    spoil: (text, random) => text.slice(0, random.int(1, text.length - 1)),
  },
  'no-bytes': { ruleId: 'feed.not-json', spoil: () => '' },
  'two-in-one': { ruleId: 'feed.not-json', spoil: (text) => text + text },
  'escaped-nul': { ruleId: 'feed.character', spoil: (text) => text.replace('":"', '":"\\u0000') },
  'nul-byte': { ruleId: 'feed.not-json', spoil: (text) => text.replace('":"', '":"\0') },
  'not-utf8': { ruleId: 'feed.not-utf8', spoil: (text) => text.replace('":"', '":"\u00e9') },
  'not-an-object': { ruleId: 'feed.not-object', spoil: (text) => `[${text}]` },
  'not-a-text': { ruleId: 'feed.value-type', spoil: (text) => text.replace(/":"[^"]*"/, '":12.50') },
  'key-twice': { ruleId: 'feed.key-twice', spoil: (text) => text.replace('{', '{"actionType":"NEWT",') },
} as const satisfies Record<string, Malformed>;

export type MalformedKind = keyof typeof MALFORMED;
export const MALFORMED_KINDS = Object.keys(MALFORMED) as MalformedKind[];

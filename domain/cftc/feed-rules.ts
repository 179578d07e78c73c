/**
 * Rules of the message that a feed sends: can its JSON be read as the values of one record? What such a message says is
 * judged by the rules of files. Spread into RULES.
 */
import type { Rule } from './rules.ts';

const feed = (severity: Rule['severity'], citation: string, ...params: string[]) =>
  ({ level: 'feed', severity, citation, confidence: 'own', params }) as const satisfies Rule;

const OBJECT = 'a message is one JSON object of texts, keyed by the elements of the specification';

export const FEED_RULES = {
  'feed.message-too-long': feed('error', 'a message is held in memory as one record', 'max', 'actual'),
  'feed.not-utf8': feed('error', 'RFC 3629, section 3; RFC 8259, section 8.1'),
  'feed.not-json': feed('error', 'RFC 8259, section 2'),
  'feed.not-object': feed('error', OBJECT, 'actual'),
  'feed.key-twice': feed('error', 'RFC 8259, section 4: names should be unique'),
  'feed.value-type': feed(
    'error',
    `${OBJECT}; decimals are texts, so that no digit is lost`,
    'expected',
    'actual',
  ),
  'feed.list-member': feed('error', 'lists are compared with those of files, whose members end at ";"'),
  'feed.character': feed('error', 'RFC 4180, section 2, TEXTDATA: what no record of a file can hold', 'code'),
  'feed.key-unknown': feed('warning', OBJECT, 'count', 'keys'),
  // Told to its sender, and no part of a verdict: what came first stands with its own.
  'feed.altered': feed('error', 'what was acknowledged stands; the other one is kept beside it'),
} satisfies Record<string, Rule>;

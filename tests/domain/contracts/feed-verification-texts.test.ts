import { describe, expect, it } from '@jest/globals';
import { FEED_DIFFERENCE_KINDS } from '../../../contracts/feed-verification.ts';
import {
  describeFeedDifference,
  ENGLISH_FEED_DIFFERENCES,
} from '../../../contracts/texts/en-feed-verification.ts';
import { KOREAN_FEED_DIFFERENCES } from '../../../contracts/texts/ko-feed-verification.ts';

describe('the words of a difference of a feed', () => {
  it.each(FEED_DIFFERENCE_KINDS)('say in both languages the same things about %s', (kind) => {
    const [english, korean] = [ENGLISH_FEED_DIFFERENCES[kind], KOREAN_FEED_DIFFERENCES[kind]].map((words) =>
      words('«expected»', '«actual»'),
    ) as [string, string];

    expect(korean).toMatch(/[가-힣].*니다\.$/);
    for (const name of ['«expected»', '«actual»']) expect(english.includes(name)).toBe(korean.includes(name));
    expect(english).toMatch(/[a-z].*\.$/);
  });

  it('name the session, and the messages as far as some are meant', () => {
    const difference = { kind: 'missing', session: 'DAY1', expected: null, actual: null } as const;

    expect(describeFeedDifference({ ...difference, messages: { from: 7, to: 8 } })).toMatch(
      /^session DAY1, message 7: /,
    );
    expect(describeFeedDifference({ ...difference, messages: { from: 7, to: 10 } })).toMatch(
      /^session DAY1, messages 7–9: /,
    );
    expect(describeFeedDifference({ ...difference, messages: null })).toMatch(/^session DAY1: /);
  });
});

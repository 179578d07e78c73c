import { describe, expect, it, test } from '@jest/globals';
import { createMessageJudge } from '../../../domain/swaps/judge-message.ts';
import { MALFORMED_KINDS } from '../../../demo/feed/messages.ts';
import { DISRUPTIONS, planFeed, type FeedPlanRequest } from '../../../demo/feed/plan.ts';

const REQUEST: FeedPlanRequest = { seed: 'plan', rows: 600, date: '2026-11-20', rate: 100 };
const WILD: FeedPlanRequest = {
  ...REQUEST,
  burstShare: 0.02,
  duplicateShare: 0.1,
  malformedShare: 0.2,
  disruptionShare: 0.1,
};
const wild = planFeed(WILD);

describe('the plan of a feed', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planFeed(WILD)).toEqual(wild);
    expect(planFeed({ ...WILD, seed: 'other' })).not.toEqual(wild);
  });

  it('numbers messages without a hole and never goes back in time', () => {
    expect(wild.map(({ sequence }) => sequence)).toEqual(wild.map((_, index) => index + 1));
    for (const [index, { sendAtMs }] of wild.entries())
      expect(sendAtMs).toBeGreaterThanOrEqual(wild[index - 1]?.sendAtMs ?? 0);
  });

  it('keeps the rate, bursts or none', () => {
    const steady = planFeed(REQUEST);

    expect(steady.at(-1)!.sendAtMs).toBeCloseTo((steady.length - 1) * 10);
    expect(wild.at(-1)!.sendAtMs).toBeLessThanOrEqual(wild.length * 10);
    expect(wild.at(-1)!.sendAtMs).toBeGreaterThan((wild.length - 250) * 10);
    expect(new Set(wild.map(({ sendAtMs }) => sendAtMs)).size).toBeLessThan(wild.length - 50);
  });

  it('sends only records when nothing else is asked for', () => {
    for (const { content, disruption } of planFeed(REQUEST))
      expect([content, disruption]).toEqual(['record', null]);
  });

  it('does everything wrong that it can, and the rest of the day is as before', () => {
    expect(new Set(wild.map(({ disruption }) => disruption))).toEqual(new Set([null, ...DISRUPTIONS]));
    expect(new Set(wild.map(({ content }) => content))).toEqual(
      new Set(['record', 'duplicate', ...MALFORMED_KINDS]),
    );
    expect(wild.filter(({ content }) => content === 'record').map(({ bytes }) => bytes)).toEqual(
      planFeed(REQUEST).map(({ bytes }) => bytes),
    );
  });

  it('repeats in a duplicate the very bytes of the message that it names', () => {
    const duplicates = wild.filter(({ content }) => content === 'duplicate');

    expect(duplicates.length).toBeGreaterThan(10);
    for (const { sequence, original, bytes } of duplicates) {
      expect(original).toBeLessThan(sequence);
      expect(wild[original! - 1]).toMatchObject({ bytes, content: 'record' });
    }
  });

  test.each(MALFORMED_KINDS)('expects of %s what the judge says', (kind) => {
    const judge = createMessageJudge();
    const messages = wild.filter(({ content }) => content === kind);

    expect(messages.length).toBeGreaterThan(0);
    for (const { bytes, expected } of messages)
      expect(judge(bytes).verdict.issues.map(({ ruleId }) => ruleId)).toEqual(expected.ruleIds);
  });

  it('expects what the judge says also where a record has lost its first value, or all of them', () => {
    const judge = createMessageJudge();
    const plans = ['b', 'c', 'd'].flatMap((seed) =>
      planFeed({ ...REQUEST, seed, rows: 3000, malformedShare: 1 }),
    );

    expect(plans.some(({ bytes }) => Buffer.from(bytes).toString() === '{}')).toBe(true);
    for (const { bytes, expected, content } of plans)
      if (content !== 'record')
        expect(judge(bytes).verdict.issues.map(({ ruleId }) => ruleId)).toEqual(expected.ruleIds);
  });
});

import { describe, expect, it } from '@jest/globals';
import { SUMMARY_EN } from '../../../contracts/texts/summary-en.ts';
import { SUMMARY_KO } from '../../../contracts/texts/summary-ko.ts';
import { needsOf, sumsOf, type DayFacts } from '../../../domain/reports/day-facts.ts';
import { renderDaySummary } from '../../../domain/reports/day-summary.ts';

const NOW = Date.parse('2026-03-17T12:00:00Z');

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const FACTS: DayFacts = {
  date: '2026-03-16',
  state: 'delivering',
  version: 1,
  cutAt: '2026-03-16T22:00:00Z',
  problem: null,
  now: NOW,
  records: { read: 1000, accepted: 990, rejected: 10 },
  unplaced: 0,
  outcomes: { applied: 980, duplicate: 5, conflict: 0, pending: 5, violated: 0 },
  settled: 2,
  otherReports: 12,
  messages: 970,
  byState: { held: 1, pending: 0, sent: 9, acknowledged: 958, refused: 2, resubmitted: 1, withdrawn: 0 },
  resubmissions: 1,
  byClass: [
    { name: 'IR', count: 900 },
    { name: 'valuation', count: 70 },
  ],
  byRule: [{ rule: 'format.lei-prefix', count: 10 }],
  unmended: 7,
  nextDue: { refused: NOW + HOUR, held: NOW + 30 * HOUR, pending: null, sent: NOW - 26 * HOUR },
  owed: [{ kind: 'valuation', entity: 'OURS', count: 3, dueAt: NOW + 2 * HOUR }],
  mendBy: NOW + 90 * MINUTE,
  timely: { inTime: 950, late: 8, overdue: 3, open: 9, noDeadline: 0 },
  inputs: [{ name: '<trades>', state: 'missing', dueAt: '2026-03-16T21:30:00Z' }],
  files: [],
};

const page = (
  facts: DayFacts = FACTS,
  texts = SUMMARY_EN,
  problem: { what: string; next: string } | null = null,
): string => renderDaySummary(facts, { texts, problem });

describe('how a day adds up', () => {
  it('is said of every step, with every count', () => {
    expect(sumsOf(FACTS).map(({ name, holds }) => [name, holds])).toEqual([
      ['read', true],
      ['accepted', true],
      ['messages', true],
      ['answers', true],
    ]);
  });

  it.each<[string, Partial<DayFacts>]>([
    ['read', { records: { read: 1001, accepted: 990, rejected: 10 } }],
    ['accepted', { records: { read: 1001, accepted: 991, rejected: 10 } }],
    ['messages', { otherReports: 11 }],
    ['answers', { resubmissions: 0 }],
  ])('is told to be wrong when it is: %s', (name, wrong) => {
    const facts = { ...FACTS, ...wrong };

    expect(
      sumsOf(facts)
        .filter(({ holds }) => !holds)
        .map((one) => one.name),
    ).toEqual([name]);
    expect(needsOf(facts)[0]).toMatchObject({ kind: 'sum', name });
    expect(page(facts)).toContain('does not add up');
  });

  it('counts records that name no swap among the accepted', () => {
    const facts = { ...FACTS, records: { read: 1003, accepted: 993, rejected: 10 }, unplaced: 3 };

    expect(sumsOf(facts).every(({ holds }) => holds)).toBe(true);
    expect(page(facts)).toContain('name no swap');
  });

  it('is told as far as it goes before the messages are made', () => {
    expect(sumsOf({ ...FACTS, outcomes: null }).map(({ name }) => name)).toEqual(['read']);
  });
});

describe('what needs a person', () => {
  it('comes first, in the order of deadlines, with what to do next; what has none stands behind', () => {
    expect(needsOf(FACTS).map(({ kind, dueAt }) => [kind, dueAt])).toEqual([
      ['overdue', NOW - 26 * HOUR],
      ['input-missing', Date.parse('2026-03-16T21:30:00Z')],
      ['refused', NOW + HOUR],
      ['rejected', NOW + 90 * MINUTE],
      ['valuation-owed', NOW + 2 * HOUR],
      ['held', NOW + 30 * HOUR],
      ['pending', null],
    ]);
    const html = page();
    expect(html).toContain('Needs a person: 7');
    expect(html.indexOf('Needs a person')).toBeLessThan(html.indexOf('How the day adds up'));
    for (const text of ['overdue by 1 d 2 h', 'overdue by 14 h 30 min', 'due in 1 h 0 min', 'due in 1 d 6 h'])
      expect(html).toContain(text);
    expect(html).toContain('tain day waive 2026-03-16 &lt;trades&gt; --reason');
  });

  const quiet: DayFacts = {
    ...FACTS,
    state: 'closed',
    outcomes: { applied: 985, duplicate: 5, conflict: 0, pending: 0, violated: 0 },
    settled: 0,
    otherReports: 15,
    byState: { held: 0, pending: 0, sent: 0, acknowledged: 970, refused: 0, resubmitted: 0, withdrawn: 0 },
    resubmissions: 0,
    unmended: 0,
    nextDue: { refused: null, held: null, pending: null, sent: null },
    owed: [],
    timely: { inTime: 970, late: 0, overdue: 0, open: 0, noDeadline: 0 },
    inputs: [],
  };

  it('is nothing on a quiet day: it is complete once it is closed', () => {
    expect(needsOf(quiet)).toEqual([]);
    expect(page(quiet)).toContain('✓ Complete:');
    const open = page({ ...quiet, state: 'delivering' });
    expect(open).toContain('Nothing of this day needs a person now.');
    expect(open).not.toContain('Complete');
  });

  it.each<[string, Partial<DayFacts>]>([
    ['rejected', { unmended: 1 }],
    ['violated', { outcomes: { applied: 985, duplicate: 4, conflict: 0, pending: 0, violated: 1 } }],
    ['collateral-owed', { owed: [{ kind: 'collateral', entity: 'OURS', count: 1, dueAt: null }] }],
  ])('is a closed day too that has left something: %s', (kind, left) => {
    const facts = { ...quiet, ...left };
    expect(needsOf(facts)).toMatchObject([{ kind, count: 1 }]);
    expect(page(facts)).not.toContain('Complete');
  });

  it('begins with what keeps the day from going on, in its own words', () => {
    const facts: DayFacts = { ...FACTS, problem: { code: 'internal', params: {} } };

    expect(needsOf(facts)[0]!.kind).toBe('problem');
    const html = page(facts, SUMMARY_EN, { what: 'The disk is full.', next: 'Make room.' });
    expect(html).toContain('<td>The disk is full.</td><td>Make room.</td>');
  });
});

describe('the page', () => {
  it('loads nothing and runs nothing', () => {
    const html = page();

    expect(html).not.toMatch(/<script|<link|<img|https?:|url\(|javascript:|\son\w+=|\sstyle=/i);
  });

  it('shows names as text, whatever they are', () => {
    expect(page()).toContain('&lt;trades&gt;');
    expect(page()).not.toContain('<trades>');
  });

  it('draws a bar per asset class and rule, with the figure beside it', () => {
    const html = page();

    for (const label of ['Interest rate', 'Valuations', 'format.lei-prefix', 'acknowledged in time'])
      expect(html).toContain(`>${label}</text>`);
    expect(html).toContain('class="figure">900</text>');
  });

  it('speaks Korean too', () => {
    const html = page(FACTS, SUMMARY_KO);

    expect(html).toContain('<html lang="ko">');
    expect(html).toContain('조치가 필요한 사항');
    expect(html).not.toMatch(/needs a person|adds up/);
  });

  it('is that of a day that nobody has opened', () => {
    const html = page({ ...FACTS, state: null, outcomes: null, cutAt: null });

    expect(html).toContain('Not opened');
  });
});

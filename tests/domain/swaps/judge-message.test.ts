import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import type { Issue, Verdict } from '../../../contracts/issues.ts';
import { PROFILES } from '../../../domain/cftc/profiles.ts';
import { isPlain } from '../../../domain/csv/decode.ts';
import { splitFields } from '../../../domain/csv/fields.ts';
import { FEED_LAYOUT } from '../../../domain/swaps/feed-layout.ts';
import { recogniseHeader, type Layout } from '../../../domain/swaps/header.ts';
import { createMessageJudge, readMessageValues } from '../../../domain/swaps/judge-message.ts';
import { createJudge } from '../../../domain/swaps/judge.ts';
import { writeRecord } from '../../../domain/swaps/record-text.ts';
import { readRecordValues, textOfSlice } from '../../../domain/swaps/values.ts';
import { DEMO_HEADER, generateDay } from '../../../demo/day.ts';
import { record } from '../../support/csv-record.ts';
import { GOOD_COLUMNS, GOOD_VALUES, goodLine } from '../../support/good-record.ts';

const judge = createMessageJudge();
const encoder = new TextEncoder();
const judgeText = (text: string) => judge(encoder.encode(text));
const goodLayout = recogniseHeader([...GOOD_COLUMNS]) as Layout;
const GOOD = readRecordValues(goodLine(), goodLayout)!;
const judgeGood = (more: Record<string, unknown> = {}) => judgeText(JSON.stringify({ ...GOOD, ...more }));
const ids = (issues: readonly Issue[]) => issues.map(({ ruleId }) => ruleId);

/** A verdict without the names of columns, which files have and feeds have not. */
const comparable = ({ accepted, key, corrects, issues }: Verdict, layout: Layout) => {
  const slots = new Map(layout.columns.map(({ name, slot }) => [name, slot]));
  const named = issues.map(({ column, params, ...rest }) => {
    const other = params['other'];
    return JSON.stringify({
      ...rest,
      at: rest.element === null ? column && slots.get(column) : null,
      params: typeof other === 'string' ? { ...params, other: slots.get(other) } : params,
    });
  });
  return { accepted, key, corrects, issues: named.sort() };
};

describe('a message of a feed', () => {
  it('is accepted as the record of a file is, with key and values', () => {
    expect(judgeGood()).toEqual({
      verdict: {
        accepted: true,
        key: GOOD_VALUES.uniqueTransactionIdentifierUti,
        corrects: null,
        issues: [],
      },
      values: GOOD,
    });
  });

  it('names element and key of a value that is wrong', () => {
    const { verdict } = judgeGood({ notionalAmountLeg1: '12x' });

    expect(verdict.accepted).toBe(false);
    expect(verdict.issues).toMatchObject([
      { ruleId: 'format.decimal', element: '31', column: 'notionalAmountLeg1', value: '12x' },
    ]);
  });

  it('that is wrong throughout has a verdict that can be stored and told, and says that more is wrong', () => {
    const lists = FEED_LAYOUT.columns.filter(({ element }) => element?.repeatable).map(({ name }) => name);
    const wrong = Object.fromEntries(lists.map((name) => [name, Array.from({ length: 100 }, () => '?')]));
    const { verdict } = judgeGood(wrong);

    expect(lists.length).toBeGreaterThan(10);
    expect(verdict.accepted).toBe(false);
    expect(verdict.issues).toHaveLength(101);
    expect(verdict.issues.at(-1)).toMatchObject({ ruleId: 'record.issues-left-out', severity: 'unchecked' });
    expect(verdict.issues.at(-1)!.params['count']).toBeGreaterThan(0);
    // A list that is wrong throughout does not hide that another one is.
    expect(new Set(verdict.issues.map(({ column }) => column)).size).toBeGreaterThan(lists.length / 2);
    expect(verdict.issues.slice(0, -1).every(({ severity }) => severity === 'error')).toBe(true);
  });

  it('may say which rejected record it corrects', () => {
    const reference = '20261121-0123456789abcdef0123456789abcdef/41';

    expect(judgeGood({ tainRecord: reference })).toMatchObject({
      verdict: { accepted: true, corrects: reference },
      values: GOOD,
    });
  });

  it('carries along what a UPI says beside what rules ask for', () => {
    const { verdict, values } = judgeGood({ 'upi.deliverable': 'yes', __proto__: null });

    expect(verdict.issues).toEqual([]);
    expect(values).toEqual({ ...GOOD, 'upi.deliverable': 'yes' });
  });

  it('warns of keys that mean nothing, however strange they are', () => {
    const text = JSON.stringify({ ...GOOD, 'a\u0000b': { deep: [1] }, uti: 'x' }).replace(
      '{',
      '{"__proto__":1,',
    );
    const { verdict, values } = judgeText(text);

    expect(verdict.accepted).toBe(true);
    expect(verdict.issues).toMatchObject([{ ruleId: 'feed.key-unknown', severity: 'warning' }]);
    expect(verdict.issues[0]!.params).toEqual({ count: 3, keys: '__proto__, a\ufffdb, uti' });
    expect(values).toEqual(GOOD);
  });

  it('with an unknown key is rejected under the strict profile, where warnings reject', () => {
    const strict = createMessageJudge({ profile: PROFILES.strict });
    const { verdict } = strict(encoder.encode(JSON.stringify({ ...GOOD, 'upi.\u0000': 'x' })));

    expect(verdict.accepted).toBe(false);
    expect(verdict.issues).toMatchObject([{ ruleId: 'feed.key-unknown', severity: 'error' }]);
  });

  test.each<[string, string, Uint8Array | string]>([
    ['nothing', 'feed.not-json', ''],
    ['half of a message', 'feed.not-json', '{"actionType":"NE'],
    ['two messages', 'feed.not-json', '{} {}'],
    ['a byte order mark', 'feed.not-json', '\ufeff{}'],
    ['a NUL between values', 'feed.not-json', '{"actionType":\0"NEWT"}'],
    ['Latin-1', 'feed.not-utf8', Uint8Array.of(0x22, 0xe9, 0x22)],
    ['a list', 'feed.not-object', '[{"actionType":"NEWT"}]'],
    ['a text', 'feed.not-object', '"NEWT"'],
    ['null', 'feed.not-object', 'null'],
    ['a list nested without end', 'feed.not-json', '['.repeat(60_000)],
    ['an object without values', 'record.empty', '{}'],
    ['blank values', 'record.empty', '{"actionType":"","jurisdiction":[],"cleared":null}'],
    ['a number', 'feed.value-type', '{"notionalAmountLeg1":1000000.50}'],
    ['a boolean', 'feed.value-type', '{"customBasketIndicator":true}'],
    ['an object as value', 'feed.value-type', '{"actionType":{"code":"NEWT"}}'],
    ['a list where there is one value', 'feed.value-type', '{"actionType":["NEWT"]}'],
    ['a number in a list', 'feed.value-type', '{"jurisdiction":["CFTC",1]}'],
    ['a separator in a list', 'feed.list-member', '{"jurisdiction":["CFTC;SEC"]}'],
    ['a key twice', 'feed.key-twice', '{"actionType":"NEWT","actionType":"TERM"}'],
    ['a key twice, written in two ways', 'feed.key-twice', '{"cleared":"N", "cle\\u0061red" : "Y"}'],
    ['U+0000 inside valid JSON', 'feed.character', '{"actionType":"NE\\u0000WT"}'],
    ['a line break in a value', 'feed.character', '{"jurisdiction":["CFTC\\n"]}'],
    ['half a surrogate pair', 'feed.character', '{"actionType":"\\ud800"}'],
  ])('that is %s breaks %s', (_, ruleId, content) => {
    const bytes = typeof content === 'string' ? encoder.encode(content) : content;
    const { verdict } = judge(bytes);

    expect(verdict.accepted).toBe(false);
    expect(ids(verdict.issues)).toEqual([ruleId]);
    expect(JSON.stringify(verdict)).not.toContain('\\u0000');
  });

  it('names every value of the wrong shape, at most a hundred', () => {
    const { verdict } = judgeGood({ notionalAmountLeg1: 1, cleared: true, actionType: 'a\u0000' });
    const many = judgeText(
      JSON.stringify(Object.fromEntries(FEED_LAYOUT.columns.map(({ name }) => [name, 1]))),
    );

    expect(verdict.issues).toMatchObject([
      { ruleId: 'feed.character', element: '26', params: { code: 'U+0000' } },
      { ruleId: 'feed.value-type', element: '1', column: 'cleared' },
      { ruleId: 'feed.value-type', element: '31', column: 'notionalAmountLeg1' },
    ]);
    expect(many.verdict.issues).toHaveLength(100);
  });

  it('does not leave anything in the next one', () => {
    judgeGood({ notionalAmountLeg1: '12x' });
    judgeText('{"actionType":1}');

    expect(judgeGood().verdict.issues).toEqual([]);
  });

  it('is judged without a fall whatever its bytes and its JSON', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => encoder.encode(text)),
        ),
        (bytes) => {
          const { verdict, values } = judge(bytes);
          expect(verdict.accepted).toBe(false);
          expect(readMessageValues(bytes)).toEqual(values);
        },
      ),
    );
  });
});

describe('equal content by file and by feed', () => {
  const layout = recogniseHeader(splitFields(DEMO_HEADER.trimEnd()) as string[]) as Layout;
  const judgeRecord = createJudge(layout);

  it('has columns for everything that a file may have', () => {
    expect(
      layout.columns.filter(
        ({ slot }) => slot !== null && !FEED_LAYOUT.columns.some((one) => one.slot === slot),
      ),
    ).toEqual([]);
    expect(new Set(FEED_LAYOUT.columns.map(({ slot }) => slot)).size).toBe(FEED_LAYOUT.columns.length);
  });

  it('gets the equal verdict, and is the same message', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 8 }), (seed) => {
        let compared = 0;
        for (const { bytes } of generateDay({ seed, rows: 60, date: '2026-11-20', brokenShare: 0.6 })) {
          const text = textOfSlice(bytes);
          const values = readRecordValues(bytes, layout);
          if (values === null) continue;
          const byFile = judgeRecord(record(text, isPlain(text)));
          const byFeed = judgeText(JSON.stringify(values));
          expect(comparable(byFeed.verdict, FEED_LAYOUT)).toEqual(comparable(byFile, layout));
          expect(writeRecord(byFeed.values!).content).toBe(writeRecord(values).content);
          compared += 1;
        }
        return compared > 10;
      }),
      { numRuns: 15 },
    );
  });
});

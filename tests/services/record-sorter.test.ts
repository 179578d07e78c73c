import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openSorter } from '../../platform/record-sorter.ts';

describe('a sorter', () => {
  it('hands out by key, equal keys in the order in which they came, however small its runs are', () => {
    const texts = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'Z', 'aa', ''), text: fc.string() }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        texts,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 50 }),
        (list, run, piece) => {
          const sorter = openSorter(run, piece);
          try {
            const numbered = list.map(({ key, text }, at) => ({ key, text: `${at} ${text}` }));
            for (const { key, text } of numbered) sorter.add(key, text);
            const expected = numbered
              .map((one, at) => ({ one, at }))
              .sort((left, right) =>
                left.one.key < right.one.key ? -1 : left.one.key > right.one.key ? 1 : left.at - right.at,
              );
            expect([...sorter.sorted()]).toEqual(expected.map(({ one }) => one));
          } finally {
            sorter.close();
          }
        },
      ),
    );
  });

  it('keeps texts with line breaks and letters of any language', () => {
    const sorter = openSorter(1);
    sorter.add('b', '둘\n"2"');
    sorter.add('a', 'eins\r\n');
    expect([...sorter.sorted()].map(({ text }) => text)).toEqual(['eins\r\n', '둘\n"2"']);
    sorter.close();
  });
});

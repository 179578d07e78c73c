import { describe, expect, test } from '@jest/globals';
import { renderSequenceTables } from '../../../scripts/render-sequence-tables.ts';

const cells = renderSequenceTables()
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.slice(2, -2).split(' | '));

/** The cells below a heading, in the rows that begin with a name. */
const columnOf = (heading: string, name: string): string[] => {
  let at = -1;
  return cells.flatMap((row) => {
    if (row[0]!.includes('#26') || row[0]!.startsWith('state')) at = row.indexOf(heading);
    return row[0] === name && at >= 0 ? [row[at]!] : [];
  });
};

describe('the page about the order of messages', () => {
  test.each([
    ['NEWT', 'TRAD', '43+45²'],
    ['MODI', 'ALOC', '45¹'],
    ['MODI', 'ETRM', '–'],
    ['VALU', '(blank / 없음)', '45'],
    ['NEWT', '(blank / 없음)', '–'],
  ])('has what %s may carry: %s is %s', (action, event, mark) => {
    expect(columnOf(event, action)).toEqual([mark]);
  });

  test.each([
    ['open', 'TERM', ['terminated', 'terminated (GK)']],
    ['errored', 'REVI', ['restored (I)', 'restored (GK)']],
    ['transferred-out', 'NEWT', ['open', '–']],
    ['matured', 'TERM', ['–', '–']],
  ])('has where a swap that is %s goes by %s: under part 45 and under part 43', (state, action, marks) => {
    expect(columnOf(action, state)).toEqual(marks);
  });
});

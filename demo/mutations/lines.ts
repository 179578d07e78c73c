/** Lines that are not CSV in UTF-8. A line has one such problem at most, and hides what its values are like. */
import type { RuleId } from '../../domain/cftc/rules.ts';
import { AT, DEMO_COLUMNS, type Cells } from '../columns.ts';
import type { Random } from '../random.ts';
import type { ExpectedIssue, LineMutation } from './mutation.ts';

type Spoilt = { readonly text: string; readonly issue: ExpectedIssue };

const whole = (ruleId: RuleId, text: string): readonly Spoilt[] => [
  { text, issue: { ruleId, element: null } },
];

/** The cells without the remark, the only one that may have quotes, commas and bytes beyond ASCII in it. */
function bare(cells: Cells): Cells {
  const copy = cells.slice();
  copy[AT.remark] = '';
  return copy;
}

/** Spoils one column before the remark; the problem is named at its element. */
function inColumn(
  ruleId: RuleId,
  cells: Cells,
  random: Random,
  spoil: (value: string) => string,
): readonly Spoilt[] {
  const column = random.int(0, AT.remark - 1);
  const copy = bare(cells);
  copy[column] = spoil(copy[column]!);
  return [{ text: copy.join(','), issue: { ruleId, element: DEMO_COLUMNS[column]!.element } }];
}

const line = (
  name: string,
  ruleId: RuleId,
  apply: (cells: Cells, random: Random, ruleId: RuleId) => readonly Spoilt[],
): LineMutation => ({ name, ruleIds: [ruleId], apply: (cells, random) => apply(cells, random, ruleId) });

const withRemark = (cells: Cells, remark: string): string => {
  const copy = cells.slice();
  copy[AT.remark] = remark;
  return copy.join(',');
};

const half = (text: string): number => Math.ceil(text.length / 2);

const COUNTS: readonly LineMutation[] = [
  line('a column is missing', 'csv.field-count', (cells, _, ruleId) =>
    whole(ruleId, bare(cells).slice(0, -1).join(',')),
  ),
  line('a column too many', 'csv.field-count', (cells, _, ruleId) =>
    whole(ruleId, `${bare(cells).join(',')},`),
  ),
  line('cut off in the middle', 'csv.field-count', (cells, random, ruleId) =>
    whole(
      ruleId,
      bare(cells)
        .slice(0, random.int(1, AT.remark - 1))
        .join(','),
    ),
  ),
  line('separated by semicolons', 'csv.field-count', (cells, _, ruleId) =>
    whole(ruleId, bare(cells).join(';')),
  ),
  line('a comma in a remark without quotes', 'csv.field-count', (cells, _, ruleId) =>
    whole(ruleId, withRemark(cells, 'Smith, Jones')),
  ),
];

const QUOTES: readonly LineMutation[] = [
  line('a quote is opened and never closed', 'csv.unclosed-quote', (cells, random, ruleId) =>
    inColumn(ruleId, cells, random, (value) => `"${value}`),
  ),
  line('the closing quote is doubled', 'csv.unclosed-quote', (cells, random, ruleId) =>
    inColumn(ruleId, cells, random, (value) => `"${value}x""`),
  ),
  line('a quote inside a value', 'csv.stray-quote', (cells, random, ruleId) =>
    inColumn(ruleId, cells, random, (value) => `${value.slice(0, half(value))}x"${value.slice(half(value))}`),
  ),
  line('text behind the closing quote', 'csv.stray-quote', (cells, random, ruleId) =>
    inColumn(ruleId, cells, random, (value) => `"${value}"x`),
  ),
  line('a quote in an unquoted remark', 'csv.stray-quote', (cells, _, ruleId) =>
    whole(ruleId, withRemark(cells, '12" pipe')),
  ),
  {
    name: 'a line break inside quotes',
    ruleIds: ['csv.unclosed-quote', 'csv.stray-quote'],
    apply: (cells) => {
      const copy = bare(cells);
      const first = [...copy.slice(0, AT.remark), '"call back'].join(',');
      const second = ['tomorrow"', ...copy.slice(AT.remark + 1)].join(',');
      return [
        { text: first, issue: { ruleId: 'csv.unclosed-quote', element: null } },
        { text: second, issue: { ruleId: 'csv.stray-quote', element: DEMO_COLUMNS[0]!.element } },
      ];
    },
  },
];

const BYTES: readonly LineMutation[] = [
  line('a carriage return inside a value', 'csv.stray-carriage-return', (cells, random, ruleId) =>
    inColumn(ruleId, cells, random, (value) => `${value.slice(0, half(value))}\r${value.slice(half(value))}`),
  ),
  line('a carriage return inside quotes', 'csv.stray-carriage-return', (cells, _, ruleId) =>
    whole(ruleId, withRemark(cells, '"old\rMac"')),
  ),
  // The last one of them may belong to the line break; the other never does.
  line('carriage returns at the end', 'csv.stray-carriage-return', (cells, _, ruleId) =>
    whole(ruleId, `${bare(cells).join(',')}\r\r`),
  ),
  line('a NUL byte', 'csv.nul-byte', (cells, random, ruleId) => {
    const [spoilt] = inColumn(ruleId, cells, random, (value) => `${value}\0`);
    return whole(ruleId, spoilt!.text);
  }),
];

const BLANKS: readonly LineMutation[] = [
  line('commas alone', 'record.empty', (cells, _, ruleId) => whole(ruleId, ','.repeat(cells.length - 1))),
  line('empty quotes alone', 'record.empty', (cells, _, ruleId) =>
    whole(ruleId, cells.map(() => '""').join(',')),
  ),
];

/** Every way to spoil a line. */
export const LINE_MUTATIONS: readonly LineMutation[] = [...COUNTS, ...QUOTES, ...BYTES, ...BLANKS];

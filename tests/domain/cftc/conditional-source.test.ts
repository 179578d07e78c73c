/**
 * The wording of the specification, where a checkout has it beside it, against our rules: what it makes mandatory for
 * a record must be what a rule requires, and what it calls not required what a rule of `strict` wants blank.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KnownProduct } from '../../../domain/cftc/conditional-check.ts';
import type { Place } from '../../../domain/cftc/conditional-plan.ts';
import { ELEMENTS } from '../../../domain/cftc/elements.ts';
import { PROFILES } from '../../../domain/cftc/profiles.ts';
import { judgeNaively } from '../../support/naive-conditions.ts';

const FILE = path.resolve(import.meta.dirname, '../../../../shared/reference/cftc-fields.json');
const isThere = existsSync(FILE);
if (!isThere) process.stderr.write(`SKIPPED: no wording of the specification in ${FILE}\n`);

type SourceRule = { scope: string; assetClasses: string[] | 'all'; code: string; when: string | null };
type SourceElement = { number: string; rules: SourceRule[] };
type Row = { readonly product: KnownProduct; readonly value: (number: string) => string };

/** Words of the source that its own grammar does not have; what they say, in it. */
const REWORDED: Readonly<Record<string, string | null>> = {
  'pair (#26,#27) allowed by Appendix F': null,
  'pair (#26,#27) allowed by Appendix F; blank for CORR, EROR, REVI, VALU, MARU':
    "#26 in ('NEWT','MODI','TERM','PRTO')",
  "UPI.instrumentType='Option' (at least one of #36, #38)":
    "UPI.instrumentType='Option' and not populated(#36) and not populated(#38)",
  "at least one of: populated(#67), populated(#73), #57='UFRO' (UWIN and PEXH are independent of this)":
    "not populated(#67) and not populated(#73) and #68='False' and UPI.instrumentType<>'Option'",
  'report date with time 00:00:00': null,
  '#30 >= #96': null,
  '#88 >= #95': null,
  '#95 >= #94': null,
  '#97 >= #96': null,
  "#41 not in ('ONDE','ADHO')": "populated(#41) and #41 not in ('ONDE','ADHO')",
  // "Or" would ask for a fixed rate beside a price; the three stand for one another, as for the other asset classes.
  "(not populated(#69) or not populated(#73)) and #68='False' and UPI.instrumentType<>'Option'":
    "not populated(#69) and not populated(#73) and #68='False' and UPI.instrumentType<>'Option'",
  "(not populated(#67) or not populated(#73)) and #68='False' and UPI.instrumentType<>'Option'":
    "not populated(#67) and not populated(#73) and #68='False' and UPI.instrumentType<>'Option'",
  "(not populated(#69) or not populated(#67)) and #68='False' and UPI.instrumentType<>'Option'":
    "not populated(#69) and not populated(#67) and #68='False' and UPI.instrumentType<>'Option'",
};

/** Reads a condition of the source: and, or, not, brackets, populated(#n), comparisons with literals, in (…). */
function holds(condition: string | null, row: Row): boolean {
  const text = condition === null ? null : condition in REWORDED ? REWORDED[condition]! : condition;
  if (text === null) return true;
  const tokens = text.match(/'[^']*'|#\w+|UPI\.\w+|<>|[=>(),]|\w+/g)!;
  let at = 0;
  const next = (): string => tokens[at++]!;
  const take = (wanted: string): boolean => tokens[at] === wanted && (at += 1) > 0;
  const valueOf = (name: string): string => {
    if (name.startsWith('#')) return row.value(name.slice(1));
    return row.product[name.slice(4) as 'deliveryType'] ?? '';
  };
  const literal = (): string => {
    const one = next().replaceAll("'", '');
    return one === 'Cash' ? 'CASH' : one === 'Index tranche' ? 'Index tranche' : one;
  };
  const list = (): string[] => {
    const members: string[] = [];
    take('(');
    do members.push(literal());
    while (take(','));
    take(')');
    return members;
  };
  const term = (): boolean => {
    if (take('not')) return !term();
    if (take('(')) {
      const inside = disjunction();
      take(')');
      return inside;
    }
    if (take('populated')) {
      take('(');
      const given = valueOf(next()) !== '';
      take(')');
      return given;
    }
    const value = valueOf(next());
    const isNegated = take('not');
    if (take('in')) return list().includes(value) !== isNegated;
    if (take('<>')) return value !== literal();
    if (take('=')) return value === literal();
    if (take('>')) return Number(value || '0') > Number(next());
    throw new Error(`not understood: ${text}`);
  };
  const conjunction = (): boolean => {
    let result = term();
    while (take('and')) result = term() && result;
    return result;
  };
  const disjunction = (): boolean => {
    let result = conjunction();
    while (take('or')) result = conjunction() || result;
    return result;
  };
  const result = disjunction();
  if (at !== tokens.length) throw new Error(`not understood: ${text}`);
  return result;
}

/** One column each: what is said of legs is said of the first. */
const places: Place[] = ELEMENTS.map(({ number, legs }, index) => ({
  index,
  number,
  leg: legs ? 1 : null,
  stream: '',
}));
const cells = fc.tuple(
  ...ELEMENTS.map(({ allowed, format }) => {
    const codes =
      format.kind === 'boolean' ? ['True', 'False'] : allowed?.kind === 'codes' ? allowed.codes : null;
    return fc.oneof(fc.constant(''), fc.constantFrom(...(codes ?? ['1', '0'])));
  }),
);
const product = fc.record({
  assetClass: fc.constantFrom('CR', 'CO', 'EQ', 'FX', 'IR'),
  instrumentType: fc.constantFrom('Swap', 'Forward', 'Option'),
  underlierType: fc.constantFrom('Fixed - Fixed', 'Fixed - Floating', 'Index', 'Index tranche'),
  deliveryType: fc.constantFrom('CASH', 'PHYS'),
  notionalSchedule: fc.constantFrom('Constant', 'Custom'),
});
const SCOPES = { transaction: 'NEWT', valuation: 'VALU', collateral: 'MARU' } as const;

/** What has no place in the grammar is listed above; nothing else may differ. */
(isThere ? describe : describe.skip)('the wording of the specification', () => {
  const source = isThere ? (JSON.parse(readFileSync(FILE, 'utf8')) as SourceElement[]) : [];

  it.each(Object.keys(SCOPES) as (keyof typeof SCOPES)[])('asks of a %s what the rules ask', (scope) => {
    fc.assert(
      fc.property(
        cells,
        product,
        fc.constantFrom('NEWT', 'MODI', 'CORR', 'TERM', 'REVI'),
        (row, known, action) => {
          const values = [...row];
          const put = (number: string, value: string): void => {
            values[ELEMENTS.findIndex((one) => one.number === number)] = value;
          };
          put('26', scope === 'transaction' ? action : SCOPES[scope]);
          const record: Row = {
            product: known,
            value: (number) => values[ELEMENTS.findIndex((one) => one.number === number)]!,
          };
          const asked: string[] = [];
          const unwanted: string[] = [];
          for (const { number, rules } of source) {
            const own = rules.filter(
              (one) =>
                one.scope === scope &&
                (one.assetClasses === 'all' || one.assetClasses.includes(known.assetClass)),
            );
            const isBlank = record.value(number) === '';
            if (isBlank && own.some(({ code, when }) => 'MC'.includes(code) && holds(when, record)))
              asked.push(number);
            if (!isBlank && own.some(({ code, when }) => code === 'NR' && holds(when, record)))
              unwanted.push(number);
          }
          const { broken } = judgeNaively(
            { places, values, product: known, stated: { message: '', assetClass: '' } },
            PROFILES.strict,
            null,
          );
          const numbers = (kind: string): string[] =>
            broken.filter((id) => id.startsWith(`${kind}.`)).map((id) => id.split('.')[1]!);
          const required = new Set(numbers('required'));
          const blank = new Set(numbers('blank'));
          expect([...required].filter((one) => !asked.includes(one))).toEqual([]);
          expect(asked.filter((one) => !required.has(one))).toEqual([]);
          expect(unwanted.filter((one) => !blank.has(one))).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

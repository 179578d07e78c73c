/** Every rule that the specification states has a rule here, where a checkout has a copy of them beside it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { conditionalityOf } from '../../../domain/cftc/conditionality.ts';
import type { ConditionalRule } from '../../../domain/cftc/conditional-rule.ts';
import { CONDITIONAL_RULES, conditionalRuleById } from '../../../domain/cftc/conditional-rules.ts';
import { any, not, type Condition } from '../../../domain/cftc/conditions.ts';
import { ELEMENTS } from '../../../domain/cftc/elements.ts';
import { catalogueRuleById, RULE_CATALOGUE } from '../../../domain/cftc/rule-catalogue.ts';
import { findGap } from '../../../domain/cftc/rule-gaps.ts';
import { ASSET_CLASSES, type AssetClass, type MessageType } from '../../../domain/cftc/scopes.ts';
import { follows, isEquivalent, readCondition } from './stated-rules.ts';

type Stated = {
  readonly scope: MessageType;
  readonly assetClasses: 'all' | readonly AssetClass[];
  readonly code: 'M' | 'C' | 'O' | 'NR';
  readonly when: string | null;
};
type StatedElement = {
  readonly number: string;
  readonly rules: readonly Stated[];
  readonly crossChecks: readonly string[];
  readonly conditionality: Readonly<Record<AssetClass, string>>;
};

const FILE = path.resolve(import.meta.dirname, '../../../../shared/reference/cftc-fields.json');
const isThere = existsSync(FILE);
if (!isThere) process.stderr.write(`SKIPPED: no copy of the specification's rules in ${FILE}\n`);
const stated: readonly StatedElement[] = isThere
  ? (JSON.parse(readFileSync(FILE, 'utf8')) as StatedElement[])
  : [];

/** What a mandatory element must be beside being there, and cross-checks: the rules that say it, by their wording. */
const SAID_BY: Readonly<Record<string, readonly string[]>> = {
  "#26='MARU'": ['agrees.26.collateral'],
  "#26='VALU'": ['agrees.26.valuation'],
  'pair (#26,#27) allowed by Appendix F': ['agrees.26', 'sequence.pair'],
  'pair (#26,#27) allowed by Appendix F; blank for CORR, EROR, REVI, VALU, MARU': [
    'required.27',
    'sequence.event-blank',
    'blank.27.valuation',
    'blank.27.collateral',
  ],
  '#30 >= #96': ['agrees.30'],
  'report date with time 00:00:00': ['agrees.30.collateral'],
  '#88 >= #95': ['agrees.88'],
  '#95 >= #94': ['agrees.95'],
  '#97 >= #96': ['agrees.97'],
  'when populated, value = #13': ['agrees.2'],
  'when populated, value equals #13 or #14': ['agrees.18', 'agrees.19', 'agrees.20', 'agrees.21'],
  "asset class FX and UPI.instrumentType='Option': value equals #36 or #38": ['agrees.31'],
  "asset class FX and UPI.instrumentType='Option': value equals #37 or #39": ['agrees.32'],
  "#55='EXPI' implies #56=1": ['agrees.56'],
  "#63='EXPI' implies #64=1": ['agrees.64'],
  '#83 < #84': ['agrees.83'],
  '#84 > #83': ['agrees.83'],
  "#112='CCPV' implies #1='Y'": ['agrees.112.valuation'],
};

/** Rules that ask for more than the copy states: elements that every published row has. */
const ADDED = ['26', '27', '30', '87', '96'].map((number) => `required.${number}.dissemination`);

const classesOf = ({ assetClasses }: Stated): readonly AssetClass[] =>
  assetClasses === 'all' ? ASSET_CLASSES : assetClasses;

const rulesFor = (kind: ConditionalRule['kind'], element: string, scope: string, assetClass: AssetClass) =>
  CONDITIONAL_RULES.filter(
    (rule) =>
      rule.kind === kind &&
      rule.element === element &&
      (rule.messages as readonly string[]).includes(scope) &&
      rule.assetClasses.includes(assetClass),
  );

/** The conditions of rules of which one is enough; true alone is null. */
const joined = (rules: readonly ConditionalRule[]): Condition | null | undefined =>
  rules.length === 0
    ? undefined
    : rules.some(({ when }) => when === null)
      ? null
      : any(...rules.map(({ when }) => when!));

/** What is missing of a stated rule in an asset class; null when nothing is. */
function findMissing(number: string, rule: Stated, assetClass: AssetClass): string | null {
  const required = joined(rulesFor('required', number, rule.scope, assetClass));
  const blank = joined(rulesFor('blank', number, rule.scope, assetClass));
  const condition = rule.when === null ? null : readCondition(rule.when);
  const isReadOtherwise = findGap(number, 'reading', assetClass) !== null;
  const isSaid = rule.when !== null && SAID_BY[rule.when] !== undefined;
  switch (rule.code) {
    case 'O':
      // Nothing may ask for it.
      if (required === undefined) return null;
      if (required === null || condition === null) return 'an optional element is asked for';
      return follows(not(required), condition) ? null : 'an optional element is asked for then';
    case 'M':
      if (required !== null)
        return findGap(number, 'conditional') || isReadOtherwise ? null : 'it is not asked for';
      return rule.when === null || isSaid ? null : 'nothing says what it must be';
    case 'NR':
      if (blank === null) return null;
      if (blank === undefined || condition === null) return 'it need not be blank';
      return follows(blank, condition) ? null : 'it need not be blank then';
    case 'C':
      if (required === undefined || required === null) return 'no rule depends on the condition';
      if (isSaid) return null;
      if (condition === null) return isReadOtherwise ? null : 'nobody can read the condition';
      // A reason stands only where there is something to explain.
      return isEquivalent(required, condition) !== isReadOtherwise
        ? null
        : 'the conditions differ, or do not';
  }
}

const describeStated = (number: string, { scope, assetClasses, code, when }: Stated): string =>
  `#${number} ${scope} ${String(assetClasses)} ${code} ${when ?? ''}`;

(isThere ? describe : describe.skip)('the rules that the specification states', () => {
  it('are all here: by scope, asset class, code and condition', () => {
    const missing = stated.flatMap(({ number, rules }) =>
      rules.flatMap((rule) =>
        classesOf(rule).flatMap((assetClass) => {
          const what = findMissing(number, rule, assetClass);
          return what === null ? [] : [`${describeStated(number, rule)}, ${assetClass}: ${what}`];
        }),
      ),
    );

    expect(stated.flatMap(({ rules }) => rules).length).toBe(416);
    expect(missing).toEqual([]);
  });

  it('have their cross-checks here', () => {
    const checks = stated.flatMap(({ number, crossChecks }) =>
      crossChecks.map((check) => ({ number, check })),
    );

    expect(checks.length).toBe(12);
    for (const { number, check } of checks) {
      const named = SAID_BY[check]!.map((id) => conditionalRuleById.get(id)!);
      expect(named.some(({ elements }) => elements.includes(number))).toBe(true);
    }
  });

  it('that are told in words are told by rules that exist', () => {
    const hasLevel = (level: string): boolean => RULE_CATALOGUE.some((rule) => rule.level === level);
    const named = Object.values(SAID_BY).flat();
    // The rules about the order of messages have a table of their own.
    const expected = named.filter((id) => !id.startsWith('sequence.') || hasLevel('sequence'));

    expect(expected.filter((id) => !catalogueRuleById.has(id))).toEqual([]);
  });

  it('are all that is asked for', () => {
    const asked = new Set(
      stated.flatMap(({ number, rules }) =>
        rules.flatMap((rule) =>
          rule.code !== 'M' && rule.code !== 'C'
            ? []
            : classesOf(rule).map((assetClass) => `${number} ${rule.scope} ${assetClass}`),
        ),
      ),
    );
    const unasked = CONDITIONAL_RULES.filter(
      ({ kind, element, messages, assetClasses }) =>
        kind === 'required' &&
        messages.some((message) => assetClasses.some((one) => !asked.has(`${element} ${message} ${one}`))),
    );

    expect(unasked.map(({ id }) => id).sort()).toEqual([...ADDED].sort());
  });

  it('give each element the conditionality of the table', () => {
    const different = stated.flatMap(({ number, rules, conditionality }) => {
      // The table speaks of the message in which the element is at home.
      const home = (['transaction', 'valuation', 'collateral', 'dissemination'] as const).find((scope) =>
        rules.some((rule) => rule.scope === scope && rule.code !== 'NR'),
      )!;
      return ASSET_CLASSES.flatMap((assetClass) => {
        const ours = conditionalityOf(
          number,
          number === '116' || number === '124' ? 'collateral' : home,
          assetClass,
        );
        const same = ours === conditionality[assetClass];
        return same ? [] : [`${number} ${assetClass} ${conditionality[assetClass]} ${ours}`];
      });
    });

    expect(different).toEqual([
      '87 CO NR O',
      ...ASSET_CLASSES.map((one) => `D3 ${one} M O`),
      ...['D4', 'D5'].map((number) => `${number} CO NR O`),
    ]);
    expect(ELEMENTS.length).toBe(stated.length);
  });
});

/**
 * Judges records by the conditional rules. Records of one kind share a plan (conditional-plan.ts), made when the first
 * of them is met, so that a record costs a few comparisons of bits and the tests that are left.
 */
import { EVERYWHERE, makePlan, RulePlaces, type Bound, type Place, type Plan } from './conditional-plan.ts';
import { CONDITIONAL_RULES } from './conditional-rules.ts';
import type { ConditionalRule } from './conditional-rule.ts';
import type { ProductAttribute } from './conditions.ts';
import { elementByNumber } from './elements.ts';
import { FALSE, TRUE, UNDETERMINED } from './evaluate-condition.ts';
import type { Profile } from './profiles.ts';
import {
  ASSET_CLASSES,
  MESSAGE_TYPES,
  messageOfAction,
  type AssetClass,
  type MessageType,
} from './scopes.ts';

/** A rule that a record breaks, and where; or rules of which nobody can say. */
export type Broken =
  | { readonly rule: ConditionalRule; readonly column: number }
  | { readonly rule: null; readonly undetermined: readonly ConditionalRule[] };

/** What is known of a product; null is undetermined. Objects with the same content are the same object. */
export type KnownProduct = { readonly assetClass: AssetClass | null } & {
  readonly [Attribute in ProductAttribute]: string | null;
};

export type ConditionalCheckOptions = {
  readonly profile: Profile;
  /** Day of submission, YYYY-MM-DD: the rules in force on it. Null: those in force today. */
  readonly submittedOn: string | null;
  /** Number of fields that a record has. */
  readonly columnCount: number;
  /** Column of the record's kind of message and of its asset class; -1 where there is none. */
  readonly messageColumn: number;
  readonly assetClassColumn: number;
  readonly productOf: (values: readonly string[]) => KnownProduct;
};

/** The values of a record and the positions of those that are not blank. */
export type RecordView = {
  readonly values: readonly string[];
  readonly filled: Int32Array;
  readonly filledCount: number;
};

/** Elements by which a swap and an event are known; a repository may accept terminations with these alone. */
const IDENTITY = new Set('13 14 15 22 26 27 29 30 97 102 103 105 5 6 9 10'.split(' '));
const SPARSE_ACTIONS = new Set(['TERM', 'PRTO', 'EROR']);
/** Elements whose values tell the kind of a record. */
const KIND_ELEMENTS = ['26', '27', '1'] as const;
const MAX_PLANS = 20_000;

/**
 * Makes the check of a layout.
 * @returns what a record breaks, in the order of the rules; null when nothing
 */
export function createConditionalCheck(
  places: readonly Place[],
  { profile, submittedOn, columnCount, messageColumn, assetClassColumn, productOf }: ConditionalCheckOptions,
): (record: RecordView) => Broken[] | null {
  const rulePlaces = new RulePlaces(places);
  const rules = CONDITIONAL_RULES.filter((rule) => isInForce(rule, profile, submittedOn, rulePlaces));
  const { placed, columnsOfBit } = rulePlaces.place(rules);
  const words = Math.ceil(columnsOfBit.length / 32);
  const present = new Int32Array(words);
  const bitsOfColumn = invert(columnsOfBit, columnCount);
  const kindColumns = KIND_ELEMENTS.map((number) => rulePlaces.columnsOf(number, EVERYWHERE)[0] ?? -1);
  const codesOf = KIND_ELEMENTS.map(readCodes);
  const sparse = placed.filter(({ rule }) => rule.kind !== 'required' || IDENTITY.has(rule.element));
  const plans = new Map<KnownProduct, Map<string, Plan>>();
  let planCount = 0;

  const planOf = ({ values }: RecordView): Plan => {
    const product = productOf(values);
    const stated = messageColumn < 0 ? '' : values[messageColumn]!;
    const named = assetClassColumn < 0 ? '' : values[assetClassColumn]!;
    const codes = kindColumns.map((column, at) =>
      normaliseCode(column < 0 ? '' : values[column]!, codesOf[at]!),
    );
    const assetClass = product.assetClass ?? (named === '' || isAssetClass(named) ? null : 'malformed');
    const key = `${codes.map((code) => code ?? '?').join()},${MESSAGE_TYPES.includes(stated as never) ? stated : ''},${assetClass}`;
    let ofProduct = plans.get(product);
    const known = ofProduct?.get(key);
    if (known) return known;
    if (planCount >= MAX_PLANS) {
      plans.clear();
      planCount = 0;
      ofProduct = undefined;
    }
    if (!ofProduct) plans.set(product, (ofProduct = new Map<string, Plan>()));
    const [action] = codes;
    const isSparse = profile.sparseTerminations && SPARSE_ACTIONS.has(action ?? '');
    const plan = makePlan(isSparse ? sparse : placed, rulePlaces, words, {
      message: profile.dialect === 'public' ? 'dissemination' : messageOf(stated, action ?? ''),
      assetClass,
      valueOf: (element) => {
        const at = KIND_ELEMENTS.indexOf(element as never);
        return at < 0 ? undefined : codes[at];
      },
      product: (attribute) => product[attribute],
    });
    ofProduct.set(key, plan);
    planCount += 1;
    return plan;
  };

  return (record) => {
    present.fill(0);
    const { values, filled, filledCount } = record;
    for (let at = 0; at < filledCount; at += 1)
      for (const bit of bitsOfColumn[filled[at]!]!) present[bit >> 5]! |= 1 << (bit & 31);
    const plan = planOf(record);
    const has = ({ bit }: Bound): boolean => bit >= 0 && (present[bit >> 5]! & (1 << (bit & 31))) !== 0;

    let broken: Broken[] | null = null;
    let unknown: ConditionalRule[] | null = null;
    if (plan.isAlwaysBroken || lacks(present, plan.requiredBits))
      for (const one of plan.required) if (!has(one)) (broken ??= []).push(one);
    for (const one of plan.tested) {
      const { kind } = one.rule;
      if (kind === 'required' ? has(one) : kind === 'blank' && !has(one)) continue;
      const truth = one.when === null ? TRUE : one.when(values);
      if (truth === UNDETERMINED) (unknown ??= []).push(one.rule);
      else if (truth === TRUE && (one.holds === null || one.holds(values) === FALSE))
        (broken ??= []).push(one);
    }
    for (const one of plan.undetermined) {
      const { kind } = one.rule;
      if (kind === 'required' ? has(one) : kind === 'blank' && !has(one)) continue;
      const truth = one.when === null ? UNDETERMINED : one.when(values);
      if (truth !== FALSE && (one.holds === null || one.holds(values) === FALSE))
        (unknown ??= []).push(one.rule);
    }
    if (unknown !== null) (broken ??= []).push({ rule: null, undetermined: [...new Set(unknown)] });
    return broken;
  };
}

/** Is one of the wanted bits missing? */
function lacks(present: Int32Array, wanted: Int32Array): boolean {
  for (let at = 0; at < wanted.length; at += 1) if ((wanted[at]! & ~present[at]!) !== 0) return true;
  return false;
}

/**
 * Is the rule one of the profile's, on the day? Files of published data have the columns that their repository chose: a
 * column that is not there says nothing about the record.
 */
function isInForce(
  rule: ConditionalRule,
  { dialect, requiresBlank, excused }: Profile,
  submittedOn: string | null,
  places: RulePlaces,
): boolean {
  const published = dialect === 'public';
  if (published && !rule.messages.includes('dissemination')) return false;
  if (rule.strictOnly && !requiresBlank) return false;
  if (rule.kind === 'required' && excused.includes(rule.element)) return false;
  if (published && !rule.elements.every((element) => places.has(element))) return false;
  if (submittedOn === null) return rule.effectiveTo === null;
  return submittedOn >= rule.effectiveFrom && (rule.effectiveTo === null || submittedOn <= rule.effectiveTo);
}

function messageOf(stated: string, action: string): MessageType {
  return MESSAGE_TYPES.find((one) => one === stated) ?? messageOfAction(action);
}

const isAssetClass = (text: string): boolean => (ASSET_CLASSES as readonly string[]).includes(text);

function readCodes(number: string): ReadonlySet<string> {
  const { allowed } = elementByNumber.get(number)!;
  return new Set(allowed?.kind === 'codes' ? allowed.codes : []);
}

/** The value as a plan knows it: a code, '' when blank, null when it is no code. */
const normaliseCode = (value: string, codes: ReadonlySet<string>): string | null =>
  value === '' || codes.has(value) ? value : null;

function invert(columnsOfBit: readonly (readonly number[])[], columnCount: number): number[][] {
  const bitsOf = Array.from({ length: columnCount }, (): number[] => []);
  for (const [bit, columns] of columnsOfBit.entries())
    for (const column of columns) bitsOf[column]!.push(bit);
  return bitsOf;
}

/**
 * Judges records by the conditional rules. Records of one kind share a plan (conditional-plan.ts), made when the first
 * of them is met, so that a record costs a few comparisons of bits and the tests that are left.
 */
import { EVERYWHERE, makePlan, RulePlaces, type Place, type Plan } from './conditional-plan.ts';
import { CONDITIONAL_RULES } from './conditional-rules.ts';
import type { ConditionalRule } from './conditional-rule.ts';
import type { ProductAttribute } from './conditions.ts';
import { BOOLEANS } from './check-value.ts';
import { elementByNumber } from './elements.ts';
import { FALSE, MOOT, TRUE, UNDETERMINED } from './evaluate-condition.ts';
import { KindCache } from './kind-cache.ts';
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
  /** The columns that `productOf` looks at; -1 where there is none. */
  readonly productColumns: readonly number[];
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
const KIND_ELEMENTS = ['26', '27', '1', '45', '68'] as const;

/**
 * Makes the check of a layout.
 * @returns what a record breaks, in the order of the rules; null when nothing
 */
export function createConditionalCheck(
  places: readonly Place[],
  {
    profile,
    submittedOn,
    columnCount,
    messageColumn,
    assetClassColumn,
    productOf,
    productColumns,
  }: ConditionalCheckOptions,
): (record: RecordView) => Broken[] | null {
  const rulePlaces = new RulePlaces(places);
  const rules = CONDITIONAL_RULES.filter((rule) => isInForce(rule, profile, submittedOn, rulePlaces));
  const { placed, columnsOfBit } = rulePlaces.place(rules);
  const words = Math.ceil(columnsOfBit.length / 32);
  const present = new Int32Array(words);
  const marks = markColumns(columnsOfBit, columnCount);
  const elementColumns = KIND_ELEMENTS.map((number) => rulePlaces.columnsOf(number, EVERYWHERE)[0] ?? -1);
  const codesOf = KIND_ELEMENTS.map(readCodes);
  const sparse = placed.filter(({ rule }) => rule.kind !== 'required' || IDENTITY.has(rule.element));
  const plans = new KindCache(
    [messageColumn, assetClassColumn, ...elementColumns, ...productColumns].filter((column) => column >= 0),
    makePlanOf,
  );

  function makePlanOf(values: readonly string[]): Plan {
    const product = productOf(values);
    const stated = messageColumn < 0 ? '' : values[messageColumn]!;
    const named = assetClassColumn < 0 ? '' : values[assetClassColumn]!;
    const codes = elementColumns.map((column, at) =>
      normaliseCode(column < 0 ? '' : values[column]!, codesOf[at]!),
    );
    const [action] = codes;
    const isSparse = profile.sparseTerminations && SPARSE_ACTIONS.has(action ?? '');
    return makePlan(isSparse ? sparse : placed, rulePlaces, words, {
      message: profile.dialect === 'public' ? 'dissemination' : messageOf(stated, action ?? ''),
      assetClass: product.assetClass ?? (named === '' || isAssetClass(named) ? null : 'malformed'),
      valueOf: (element) => {
        const at = KIND_ELEMENTS.indexOf(element as never);
        return at < 0 ? undefined : codes[at];
      },
      product: (attribute) => product[attribute],
    });
  }

  /** Can the rule be broken, as far as presence tells? */
  const isOpen = (masks: Int32Array, rule: number): boolean => {
    const start = rule * words * 2;
    for (let word = 0; word < words; word += 1) {
      const set = masks[start + word]!;
      if ((present[word]! & set) !== set || (present[word]! & masks[start + words + word]!) !== 0)
        return false;
    }
    return true;
  };
  const isSet = (bit: number): boolean => bit >= 0 && (present[bit >> 5]! & (1 << (bit & 31))) !== 0;

  return ({ values, filled, filledCount }) => {
    present.fill(0);
    const { firstOf, markWords, markBits } = marks;
    for (let at = 0; at < filledCount; at += 1) {
      const column = filled[at]!;
      for (let mark = firstOf[column]!; mark < firstOf[column + 1]!; mark += 1)
        present[markWords[mark]!]! |= markBits[mark]!;
    }
    const { requiredBits, isAlwaysBroken, required, tested, undetermined } = plans.of(values);

    let broken: Broken[] | null = null;
    let unknown: ConditionalRule[] | null = null;
    if (isAlwaysBroken || lacks(present, requiredBits))
      for (const one of required) if (!isSet(one.bit)) (broken ??= []).push(one);
    for (let at = 0; at < tested.rules.length; at += 1) {
      if (!isOpen(tested.masks, at)) continue;
      const one = tested.rules[at]!;
      const truth = one.when === null ? TRUE : one.when(values);
      if (truth === UNDETERMINED) (unknown ??= []).push(one.rule);
      else if (truth === TRUE && (one.holds === null || one.holds(values) === FALSE))
        (broken ??= []).push(one);
    }
    for (let at = 0; at < undetermined.rules.length; at += 1) {
      if (!isOpen(undetermined.masks, at)) continue;
      const one = undetermined.rules[at]!;
      const truth = one.when === null ? UNDETERMINED : one.when(values);
      if (truth !== FALSE && truth !== MOOT && (one.holds === null || one.holds(values) === FALSE))
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
  const { allowed, format } = elementByNumber.get(number)!;
  return format.kind === 'boolean' ? BOOLEANS : new Set(allowed?.kind === 'codes' ? allowed.codes : []);
}

/** The value as a plan knows it: a code, '' when blank, null when it is no code. */
const normaliseCode = (value: string, codes: ReadonlySet<string>): string | null =>
  value === '' || codes.has(value) ? value : null;

/** Which bits a value in a column sets: marks `firstOf[column]` up to the first of the next column. */
function markColumns(columnsOfBit: readonly (readonly number[])[], columnCount: number) {
  const bitsOf = Array.from({ length: columnCount }, (): number[] => []);
  for (const [bit, columns] of columnsOfBit.entries())
    for (const column of columns) bitsOf[column]!.push(bit);
  const bits = bitsOf.flat();
  const firstOf = new Int32Array(columnCount + 1);
  for (const [column, ofColumn] of bitsOf.entries()) firstOf[column + 1] = firstOf[column]! + ofColumn.length;
  return {
    firstOf,
    markWords: Int32Array.from(bits, (bit) => bit >> 5),
    markBits: Int32Array.from(bits, (bit) => 1 << (bit & 31)),
  };
}

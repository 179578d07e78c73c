/**
 * Judges records by the conditional rules. Records of one kind share a plan (conditional-plan.ts), and records of one
 * kind that have values in the same places share a pattern: the few rules that such a record can still break.
 */
import { BOOLEANS } from './check-value.ts';
import {
  EVERYWHERE,
  makePlan,
  RulePlaces,
  type Kind,
  type Place,
  type PlacedRule,
  type Plan,
  type TestedRule,
  type Tests,
} from './conditional-plan.ts';
import { CONDITIONAL_RULES } from './conditional-rules.ts';
import type { ConditionalRule } from './conditional-rule.ts';
import { productsIn, type ProductAttribute } from './conditions.ts';
import { elementByNumber } from './elements.ts';
import { FALSE, MOOT, TRUE, UNDETERMINED, type Truth } from './evaluate-condition.ts';
import type { Finding } from './findings.ts';
import { isNeededAlways, NEEDED_WITH_EVENT, SPARSE_ACTIONS, type Profile } from './profiles.ts';
import { RecordPatterns } from './record-patterns.ts';
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
  | { readonly rule: null; readonly undetermined: readonly ConditionalRule[] }
  | KindFinding;

/** Something that is wrong with every record of a kind, and the column that shows it. */
export type KindFinding = { readonly rule: undefined; readonly finding: Finding; readonly column: number };

/** What is known of a product; null is undetermined. Whoever has few objects for many records saves time. */
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
  /** The columns that `productOf` looks at. */
  readonly productColumns: readonly number[];
  /** What else is wrong with a record, as far as its kind tells: it is asked once for many records. */
  readonly findingsOf?: (values: readonly string[]) => readonly Omit<KindFinding, 'rule'>[];
  /** How many kinds of records get a plan of their own; the others share plans that know less of them. */
  readonly maxPlans?: number;
};

/** The values of a record and the positions of those that are not blank. */
export type RecordView = {
  readonly values: readonly string[];
  readonly filled: Int32Array;
  readonly filledCount: number;
};

/** What a record of the pattern breaks, and what it may break or leave undetermined. */
type Pattern = {
  readonly broken: readonly Broken[];
  readonly tested: readonly TestedRule[];
  readonly undetermined: readonly TestedRule[];
};

/** Elements whose values tell the kind of a record. */
const KIND_ELEMENTS = ['26', '27', '1', '45', '68'] as const;
/** More kinds than a day has; a plan takes some 30 kB and the time of 30 records. */
const MAX_PLANS = 500;
/** The attributes that rules ask for, with the values that they can tell apart. */
const ASKED = new Map<ProductAttribute, Set<string>>();
for (const { when } of CONDITIONAL_RULES)
  for (const { attribute, values } of when ? productsIn(when) : [])
    ASKED.set(attribute, new Set([...(ASKED.get(attribute) ?? []), ...values]));

/**
 * Makes the check of a layout.
 * @returns what a record breaks, in the order of the rules; null when nothing
 */
export function createConditionalCheck(
  places: readonly Place[],
  options: ConditionalCheckOptions,
): (record: RecordView) => Broken[] | null {
  const { profile, submittedOn, columnCount, messageColumn, assetClassColumn, productColumns } = options;
  const rulePlaces = new RulePlaces(places);
  const rules = CONDITIONAL_RULES.filter((rule) => isInForce(rule, profile, submittedOn, rulePlaces));
  const { placed, columnsOfBit } = rulePlaces.place(rules);
  const present = new Int32Array(Math.ceil(columnsOfBit.length / 32));
  const { firstOf, markWords, markBits } = markColumns(columnsOfBit, columnCount);
  const elementColumns = KIND_ELEMENTS.map((number) => rulePlaces.columnsOf(number, EVERYWHERE)[0] ?? -1);
  const kindColumns = [messageColumn, assetClassColumn, ...elementColumns, ...productColumns];
  const patterns = new RecordPatterns<Pattern>(
    kindColumns.filter((column) => column >= 0),
    present.length,
  );
  const planOf = createPlanner(placed, rulePlaces, present.length, elementColumns, options);

  const patternOf = (values: readonly string[]): Pattern => {
    const known = patterns.find(values, present);
    if (known) return known;
    const { plan, isShared } = planOf(values);
    const pattern = {
      broken: [
        ...(options.findingsOf?.(values) ?? []).map((one) => ({ ...one, rule: undefined })),
        ...missingOf(plan, present),
      ],
      tested: openTests(plan.tested, present),
      undetermined: openTests(plan.undetermined, present),
    };
    // The tests of a shared plan look at the product of the record that was planned last.
    if (known === undefined && !isShared) patterns.keep(pattern);
    return pattern;
  };

  return ({ values, filled, filledCount }) => {
    present.fill(0);
    for (let at = 0; at < filledCount; at += 1) {
      const column = filled[at]!;
      for (let mark = firstOf[column]!; mark < firstOf[column + 1]!; mark += 1)
        present[markWords[mark]!]! |= markBits[mark]!;
    }
    const pattern = patternOf(values);
    const { tested, undetermined } = pattern;

    let broken: Broken[] | null = pattern.broken.length > 0 ? [...pattern.broken] : null;
    let unknown: ConditionalRule[] | null = null;
    for (const one of tested) {
      const truth = breaks(one, values);
      if (truth === TRUE) (broken ??= []).push(one);
      else if (truth === UNDETERMINED) (unknown ??= []).push(one.rule);
    }
    for (const one of undetermined) if (breaks(one, values) !== FALSE) (unknown ??= []).push(one.rule);
    if (unknown !== null) (broken ??= []).push({ rule: null, undetermined: [...new Set(unknown)] });
    return broken;
  };
}

/** Finds the plan of a record's kind; kinds beyond the bound share plans, whose tests look the product up. */
function createPlanner(
  placed: readonly PlacedRule[],
  places: RulePlaces,
  words: number,
  elementColumns: readonly number[],
  { profile, messageColumn, assetClassColumn, productOf, maxPlans = MAX_PLANS }: ConditionalCheckOptions,
): (values: readonly string[]) => { readonly plan: Plan; readonly isShared: boolean } {
  const codesOf = KIND_ELEMENTS.map(readCodes);
  const sparseWith = (event: string | null): readonly PlacedRule[] =>
    placed.filter(
      ({ rule }) =>
        rule.kind !== 'required' || isNeededAlways(rule.element) || NEEDED_WITH_EVENT[rule.element] === event,
    );
  const plans = new Map<string, { readonly plan: Plan; readonly isShared: boolean }>();
  let product: KnownProduct;

  return (values) => {
    product = productOf(values);
    const stated = messageColumn < 0 ? '' : values[messageColumn]!;
    const named = assetClassColumn < 0 ? '' : values[assetClassColumn]!;
    const codes = elementColumns.map((column, at) =>
      normaliseCode(column < 0 ? '' : values[column]!, codesOf[at]!),
    );
    const isSparse = profile.sparseTerminations && SPARSE_ACTIONS.has(codes[0] ?? '');
    const event = isSparse ? codes[1]! : null;
    const kind: Kind = {
      message: profile.dialect === 'public' ? 'dissemination' : messageOf(stated, codes[0] ?? ''),
      // A class that does not exist has an issue of its own, whatever was meant by it.
      assetClass: named === '' || isAssetClass(named) ? product.assetClass : 'malformed',
      valueOf: (element) => {
        const at = KIND_ELEMENTS.indexOf(element as never);
        return at < 0 ? undefined : codes[at];
      },
      product: (attribute) => product[attribute],
    };
    const make = (key: string, isShared: boolean, of: Kind) => {
      const found = { plan: makePlan(isSparse ? sparseWith(event) : placed, places, words, of), isShared };
      plans.set(key, found);
      return found;
    };
    const { message, assetClass } = kind;
    const own = `${codes.map((code) => code ?? '?').join()},${message},${assetClass},${meaningOf(product)}`;
    const known = plans.get(own);
    if (known) return known;
    if (plans.size < maxPlans) return make(own, false, kind);
    const shared = `${message},${assetClass},${isSparse},${event}`;
    return (
      plans.get(shared) ??
      make(shared, true, {
        ...kind,
        valueOf: () => undefined,
        product: (attribute) => () => product[attribute],
      })
    );
  };
}

const missingOf = ({ required }: Plan, present: Int32Array): PlacedRule[] =>
  required.filter(({ bit }) => bit < 0 || (present[bit >> 5]! & (1 << (bit & 31))) === 0);

/** The tests of rules that can be broken, as far as presence tells. */
function openTests({ rules, masks }: Tests, present: Int32Array): TestedRule[] {
  const words = present.length;
  return rules.filter((_, at) => {
    const start = at * words * 2;
    for (let word = 0; word < words; word += 1) {
      const set = masks[start + word]!;
      if ((present[word]! & set) !== set || (present[word]! & masks[start + words + word]!) !== 0)
        return false;
    }
    return true;
  });
}

/** Does the record break the rule? A premise that is moot would not let it speak, whatever the product is. */
function breaks({ when, holds }: TestedRule, values: readonly string[]): Truth {
  const truth = when === null ? TRUE : when(values);
  if (truth === FALSE || truth === MOOT) return FALSE;
  return holds === null || holds(values) === FALSE ? truth : FALSE;
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

/** What the rules can tell of a product, as a text: products of one meaning share their plans. */
const meaningOf = (product: KnownProduct): string =>
  [...ASKED]
    .map(([attribute, values]) => {
      const value = product[attribute];
      return value === null ? '?' : values.has(value) ? value : '';
    })
    .join();

const isMessageType = (text: string): text is (typeof MESSAGE_TYPES)[number] =>
  (MESSAGE_TYPES as readonly string[]).includes(text);

const messageOf = (stated: string, action: string): MessageType =>
  isMessageType(stated) ? stated : messageOfAction(action);

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

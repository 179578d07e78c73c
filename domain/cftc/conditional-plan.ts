/**
 * What is left of the conditional rules when the kind of a record is known: its message, asset class, action, event,
 * clearing status and product. Most rules then say simply "given" or "blank", which one comparison of bits answers for
 * all of them; the others keep a test of the record.
 */
import type { ConditionalRule } from './conditional-rule.ts';
import type { Condition } from './conditions.ts';
import {
  compileCondition,
  FALSE,
  MOOT,
  TRUE,
  UNDETERMINED,
  type Known,
  type Values,
  type Truth,
} from './evaluate-condition.ts';
import { ASSET_CLASSES, type AssetClass, type MessageType } from './scopes.ts';

/** A place where an element can stand: a column, with the leg and the stream (fixed, floating) that it belongs to. */
export type Place = {
  readonly index: number;
  readonly number: string;
  readonly leg: 1 | 2 | null;
  readonly stream: string;
};

/** What all records of a plan share. */
export type Kind = {
  readonly message: MessageType;
  /** Null: not known; 'malformed': the record names one that does not exist. */
  readonly assetClass: AssetClass | 'malformed' | null;
} & Pick<Known, 'valueOf' | 'product'>;

/** Where a rule is judged; without a stream: in all of the leg. */
type Context = { readonly leg: 1 | 2 | null; readonly stream: string | null };
/** Whatever leg a value stands in. */
export const EVERYWHERE: Context = { leg: null, stream: null };

/** A rule on the columns of a layout, in one leg or in all at once. */
export type PlacedRule = {
  readonly rule: ConditionalRule;
  readonly context: Context;
  /** Bit of the element itself; -1 when the layout has no column for it. */
  readonly bit: number;
  /** The column that an issue names; -1 when there is none. */
  readonly column: number;
  /** Bits that are set, and bits that are not, in every record that breaks the rule. */
  readonly set: readonly number[];
  readonly unset: readonly number[];
  /** What is left of the rule's premise beside them. */
  readonly premise: Condition | null;
};

/** Rules of which a test is left. */
export type Tests = {
  readonly rules: readonly TestedRule[];
  /** For each rule the words of bits that must be set for it to be broken, and of those that must not. */
  readonly masks: Int32Array;
};

export type TestedRule = {
  readonly rule: ConditionalRule;
  readonly column: number;
  readonly when: ((values: Values) => Truth) | null;
  readonly holds: ((values: Values) => Truth) | null;
};

export type Plan = {
  /** Rules that ask for a value without a condition. */
  readonly required: readonly PlacedRule[];
  readonly tested: Tests;
  /** Rules whose premise cannot be decided for the product. */
  readonly undetermined: Tests;
};

/** The columns of a layout, as rules look for them. */
export class RulePlaces {
  readonly #places: readonly Place[];
  readonly #byElement = new Map<string, Place[]>();

  constructor(places: readonly Place[]) {
    this.#places = places;
    for (const place of places)
      this.#byElement.set(place.number, [...(this.#byElement.get(place.number) ?? []), place]);
  }

  has(element: string): boolean {
    return this.#byElement.has(element);
  }

  /** Where the rules look, and the columns behind each bit. */
  place(rules: readonly ConditionalRule[]): { placed: PlacedRule[]; columnsOfBit: (readonly number[])[] } {
    const bits = new Map<string, number>();
    const columnsOfBit: (readonly number[])[] = [];
    const bitOf = (columns: readonly number[]): number => {
      if (columns.length === 0) return -1;
      const key = columns.join();
      if (!bits.has(key)) bits.set(key, columnsOfBit.push(columns) - 1);
      return bits.get(key)!;
    };
    const placed = rules.flatMap((rule) =>
      this.#contextsOf(rule).flatMap((context) => {
        const columns = this.#targetOf(rule, context);
        const own = bitOf(columns);
        const { given, missing, premise } = splitPremise(rule);
        const set = given.map((element) => bitOf(this.columnsOf(element, context)));
        const unset = missing.map((element) => bitOf(this.columnsOf(element, context)));
        if (rule.kind === 'required') unset.push(own);
        else if (rule.kind === 'blank') set.push(own);
        // What has no column is never given.
        if (set.includes(-1)) return [];
        const known = unset.filter((bit) => bit >= 0);
        return { rule, context, bit: own, column: columns[0] ?? -1, set, unset: known, premise };
      }),
    );
    return { placed, columnsOfBit };
  }

  /** Columns of an element, in one leg and stream where it has them and the rule is one per leg. */
  columnsOf(element: string, { leg, stream }: Context): number[] {
    const places = this.#byElement.get(element) ?? [];
    const inLeg =
      leg === null
        ? places
        : places.filter(
            (one) => one.leg === null || (one.leg === leg && (stream === null || one.stream === stream)),
          );
    return inLeg.map(({ index }) => index);
  }

  /** The legs and streams in which a rule is judged. */
  #contextsOf(rule: ConditionalRule): readonly Context[] {
    if (rule.legs === 'any') return [EVERYWHERE];
    return (rule.legs === 'second' ? ([2] as const) : ([1, 2] as const)).flatMap((leg): Context[] => {
      const inLeg = this.#places.filter((one) => one.leg === leg && rule.elements.includes(one.number));
      const streams = [...new Set(inLeg.map(({ stream }) => stream))];
      // A file that does not split one of the elements by stream cannot say to which of them its value belongs.
      const streamed = new Set(inLeg.filter(({ stream }) => stream !== '').map(({ number }) => number));
      const isSplit = streamed.size > 0 && inLeg.some(({ number }) => !streamed.has(number));
      return isSplit ? [{ leg, stream: null }] : streams.map((stream) => ({ leg, stream }));
    });
  }

  /**
   * Where the element of a rule must stand (or must not). The unconditional rules are written for leg 1 of what has
   * legs, also in a file that has no column for it; where there is a condition, a swap may have the value in either leg.
   */
  #targetOf(rule: ConditionalRule, context: Context): number[] {
    const isForLeg1 = rule.kind === 'required' && rule.when === null && context.leg === null;
    if (!isForLeg1) return this.columnsOf(rule.element, context);
    const places = this.#byElement.get(rule.element) ?? [];
    return places.filter(({ leg }) => leg !== 2).map(({ index }) => index);
  }
}

/** Takes out of a premise what says merely that an element is given or blank. */
function splitPremise({ kind, when, holds }: ConditionalRule) {
  const [given, missing, left]: [string[], string[], Condition[]] = [[], [], []];
  for (const one of when?.kind === 'all' ? when.of : when ? [when] : []) {
    if (one.kind === 'filled') given.push(one.element);
    else if (one.kind === 'not' && one.of.kind === 'filled') missing.push(one.of.element);
    else {
      left.push(one);
      // These are not true of a blank element.
      if (one.kind === 'is' || one.kind === 'compare') given.push(one.element);
    }
  }
  // What is to be compared is moot when blank.
  if (kind === 'agrees' && holds && 'element' in holds && holds.kind !== 'is' && holds.kind !== 'filled')
    given.push(holds.element);
  const premise: Condition | null = left.length > 1 ? { kind: 'all', of: left } : (left[0] ?? null);
  return { given, missing, premise };
}

/**
 * Works out the rules for one kind of record.
 * @param words how many words of 32 bits a record has
 */
export function makePlan(placed: readonly PlacedRule[], places: RulePlaces, words: number, kind: Kind): Plan {
  const required: PlacedRule[] = [];
  const tested: [PlacedRule, TestedRule][] = [];
  const undetermined: [PlacedRule, TestedRule][] = [];
  for (const one of placed) {
    const { rule, context, column, premise } = one;
    if (!rule.messages.includes(kind.message)) continue;
    const inClass = isInClass(rule, kind.assetClass);
    if (inClass === FALSE) continue;
    const known: Known = {
      valueOf: kind.valueOf,
      product: kind.product,
      columnsOf: (element) => places.columnsOf(element, context),
    };
    const when = premise === null ? TRUE : compileCondition(premise, known);
    const holds = rule.holds === null ? null : compileCondition(rule.holds, known);
    if (when === FALSE || when === MOOT || holds === TRUE || holds === MOOT) continue;
    const test: TestedRule = {
      rule,
      column,
      when: typeof when === 'function' ? when : null,
      holds: typeof holds === 'number' ? () => holds : holds,
    };
    if (inClass === UNDETERMINED || when === UNDETERMINED)
      // With the class unknown the premise is still to be asked; with the product unknown there is none left.
      undetermined.push([one, test]);
    else if (rule.kind === 'required' && rule.when === null) required.push(one);
    else tested.push([one, test]);
  }
  return { required, tested: pack(tested, words), undetermined: pack(undetermined, words) };
}

function pack(tests: readonly (readonly [PlacedRule, TestedRule])[], words: number): Tests {
  const masks = new Int32Array(tests.length * words * 2);
  for (const [at, [{ set, unset }]] of tests.entries()) {
    const start = at * words * 2;
    for (const bit of set) masks[start + (bit >> 5)]! |= 1 << (bit & 31);
    for (const bit of unset) masks[start + words + (bit >> 5)]! |= 1 << (bit & 31);
  }
  return { rules: tests.map(([, test]) => test), masks };
}

function isInClass({ assetClasses }: ConditionalRule, assetClass: Kind['assetClass']): Truth {
  if (assetClasses.length === ASSET_CLASSES.length) return TRUE;
  if (assetClass === null) return UNDETERMINED;
  return assetClass !== 'malformed' && assetClasses.includes(assetClass) ? TRUE : FALSE;
}

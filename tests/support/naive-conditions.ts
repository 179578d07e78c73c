/**
 * The conditional rules read as they are written, for every record anew: no plan, no bits, nothing worked out before.
 * Slow, and short enough to be right; the engine must say the same.
 */
import type { Place } from '../../domain/cftc/conditional-plan.ts';
import type { ConditionalRule } from '../../domain/cftc/conditional-rule.ts';
import { CONDITIONAL_RULES } from '../../domain/cftc/conditional-rules.ts';
import type { KnownProduct } from '../../domain/cftc/conditional-check.ts';
import type { Comparison, Condition } from '../../domain/cftc/conditions.ts';
import { isCalendarDate, isTimestamp } from '../../domain/cftc/dates.ts';
import { elementByNumber } from '../../domain/cftc/elements.ts';
import { isLei, isPartyIdentifier, isUpi } from '../../domain/cftc/identifiers.ts';
import type { Profile } from '../../domain/cftc/profiles.ts';

/** `moot`: a value is missing or malformed; it wins over `unknown`, which is the product's fault. */
type Truth = 'yes' | 'no' | 'unknown' | 'moot';

export type NaiveRecord = {
  readonly places: readonly Place[];
  readonly values: readonly string[];
  readonly product: KnownProduct;
  /** What the record's columns say; '' where there are none. */
  readonly stated: { readonly message: string; readonly assetClass: string };
};

export type NaiveResult = { readonly broken: string[]; readonly undetermined: string[] };

type Where = { readonly leg: number; readonly stream: string | null } | null;

const IDENTIFYING = '5 6 9 10 13 14 15 22 26 27 29 30 97 102 103 105 D1 D2'.split(' ');

export function judgeNaively(record: NaiveRecord, profile: Profile, submittedOn: string | null): NaiveResult {
  const broken: string[] = [];
  const undetermined: string[] = [];
  for (const rule of CONDITIONAL_RULES) {
    if (!applies(rule, record, profile, submittedOn)) continue;
    for (const where of placesOf(rule, record)) {
      const truth = breaks(rule, record, where);
      if (truth === 'yes') broken.push(rule.id);
      if (truth === 'unknown') undetermined.push(rule.id);
    }
  }
  return { broken: broken.sort(), undetermined: [...new Set(undetermined)].sort() };
}

function applies(
  rule: ConditionalRule,
  record: NaiveRecord,
  profile: Profile,
  submittedOn: string | null,
): boolean {
  const action = cellsOf('26', record, null)[0] ?? '';
  const isPublic = profile.dialect === 'public';
  const byAction = action === 'VALU' ? 'valuation' : action === 'MARU' ? 'collateral' : 'transaction';
  const { message } = record.stated;
  const isStated = ['transaction', 'valuation', 'collateral'].includes(message);
  if (!rule.messages.includes((isPublic ? 'dissemination' : isStated ? message : byAction) as never))
    return false;
  const hasColumn = (number: string) => record.places.some((place) => place.number === number);
  if (isPublic && !rule.elements.every(hasColumn)) return false;
  if (rule.strictOnly && !profile.requiresBlank) return false;
  if (submittedOn !== null && submittedOn < rule.effectiveFrom) return false;
  if (rule.kind !== 'required') return true;
  if (profile.excused.includes(rule.element)) return false;
  const isSparse = profile.sparseTerminations && ['TERM', 'PRTO', 'EROR'].includes(action);
  const event = cellsOf('27', record, null)[0] ?? '';
  return !isSparse || IDENTIFYING.includes(rule.element) || (rule.element === '1' && event === 'CLRG');
}

/** Where the rule is judged: anywhere at once, or leg by leg. */
function placesOf(rule: ConditionalRule, { places }: NaiveRecord): Where[] {
  if (rule.legs === 'any') return [null];
  const all = places.filter(({ number, leg }) => rule.elements.includes(number) && leg !== null);
  const wanted = all.filter(({ leg }) => rule.legs === 'each' || leg === 2);
  const names = [...new Set(wanted.map(({ leg, stream }) => `${leg}${stream}`))];
  const found = names.map((name) => ({ leg: Number(name[0]), stream: name.slice(1) }));
  return [1, 2].flatMap((leg): Where[] => {
    const inLeg = found.filter((one) => one.leg === leg);
    const isPlain = (number: string) => {
      const own = wanted.filter((place) => place.number === number && place.leg === leg);
      return own.length > 0 && own.every(({ stream }) => stream === '');
    };
    return inLeg.length > 1 && rule.elements.some(isPlain) ? [{ leg, stream: null }] : inLeg;
  });
}

/** Values of an element that are not blank. */
function cellsOf(number: string, { places, values }: NaiveRecord, where: Where): string[] {
  return places
    .filter((place) => place.number === number)
    .filter(({ leg, stream }) => {
      if (where === null || leg === null) return true;
      return leg === where.leg && (where.stream === null || stream === where.stream);
    })
    .map(({ index }) => values[index]!)
    .filter((value) => value !== '');
}

function breaks(rule: ConditionalRule, record: NaiveRecord, where: Where): Truth {
  if (rule.kind === 'agrees') {
    if (evaluate(rule.holds!, record, where) !== 'no') return 'no';
  } else {
    const isGiven = hasTarget(rule, record, where);
    if (isGiven === (rule.kind === 'required')) return 'no';
  }
  return every([classTruth(rule, record), rule.when ? evaluate(rule.when, record, where) : 'yes']);
}

/** What is always asked of an element with legs is asked of leg 1, also where a file has none. */
function hasTarget(rule: ConditionalRule, record: NaiveRecord, where: Where): boolean {
  const first = record.places.filter(({ number, leg }) => number === rule.element && leg !== 2);
  if (rule.kind === 'required' && !rule.when && where === null)
    return first.some(({ index }) => record.values[index] !== '');
  return cellsOf(rule.element, record, where).length > 0;
}

function classTruth({ assetClasses }: ConditionalRule, { product, stated }: NaiveRecord): Truth {
  const classes: readonly string[] = ['CR', 'CO', 'EQ', 'FX', 'IR'];
  if (assetClasses.length === classes.length) return 'yes';
  if (stated.assetClass !== '' && !classes.includes(stated.assetClass)) return 'no';
  if (product.assetClass !== null) return assetClasses.includes(product.assetClass) ? 'yes' : 'no';
  return 'unknown';
}

const OPPOSITE = { yes: 'no', no: 'yes', unknown: 'unknown', moot: 'moot' } as const;
const invert = (truth: Truth): Truth => OPPOSITE[truth];

function every(truths: readonly Truth[]): Truth {
  if (truths.includes('no')) return 'no';
  return truths.includes('moot') ? 'moot' : truths.includes('unknown') ? 'unknown' : 'yes';
}

function evaluate(condition: Condition, record: NaiveRecord, where: Where): Truth {
  switch (condition.kind) {
    case 'all':
      return every(condition.of.map((one) => evaluate(one, record, where)));
    case 'any':
      return invert(every(condition.of.map((one) => invert(evaluate(one, record, where)))));
    case 'not':
      return invert(evaluate(condition.of, record, where));
    case 'product': {
      const value = record.product[condition.attribute];
      return value === null ? 'unknown' : condition.values.includes(value) ? 'yes' : 'no';
    }
    case 'filled':
      return cellsOf(condition.element, record, where).length > 0 ? 'yes' : 'no';
    case 'is':
      return evaluateIs(condition.element, condition.codes, cellsOf(condition.element, record, where));
    case 'compare':
      return evaluateCompare(condition, record, where);
    case 'lei':
    case 'leiPrefix':
    case 'upi':
    case 'currencyPair':
    case 'midnight': {
      const value = cellsOf(condition.element, record, where)[0];
      if (value === undefined) return 'moot';
      if (condition.kind === 'lei') return isLei(value) ? 'yes' : 'no';
      if (condition.kind === 'leiPrefix')
        return !isPartyIdentifier(value) ? 'moot' : isLei(value.slice(0, 20)) ? 'yes' : 'no';
      if (condition.kind === 'upi') return isUpi(value) ? 'yes' : /^qz/i.test(value) ? 'moot' : 'no';
      if (condition.kind === 'currencyPair')
        return /^[A-Z]{3}\/[A-Z]{3}$/.test(value) ? 'yes' : /^[A-Z]{3}$/.test(value) ? 'no' : 'moot';
      return !isTimestamp(value) ? 'moot' : value.slice(11) === '00:00:00Z' ? 'yes' : 'no';
    }
  }
}

function evaluateIs(number: string, codes: readonly string[], cells: readonly string[]): Truth {
  const { format, allowed, repeatable } = elementByNumber.get(number)!;
  const isBoolean = format.kind === 'boolean';
  const fold = (text: string) =>
    isBoolean && [text.toUpperCase(), text.toLowerCase()].includes(text) ? text.toLowerCase() : text;
  const same = (code: string, value: string) => code === value || fold(code.toLowerCase()) === fold(value);
  const members = cells
    .flatMap((cell) => (repeatable ? cell.split(';') : [cell]))
    .filter((one) => one !== '');
  if (members.some((value) => codes.some((code) => (isBoolean ? same(code, value) : code === value))))
    return 'yes';
  const legal = isBoolean ? ['True', 'False'] : allowed?.kind === 'codes' ? allowed.codes : null;
  if (legal === null) return 'no';
  const isLegal = (value: string) => legal.some((code) => (isBoolean ? same(code, value) : code === value));
  return members.every(isLegal) ? 'no' : 'moot';
}

type Compare = Extract<Condition, { kind: 'compare' }>;

function evaluateCompare({ element, op, to, as }: Compare, record: NaiveRecord, where: Where): Truth {
  const { placeholders, repeatable } = elementByNumber.get(element)!;
  const left = cellsOf(element, record, where)[0];
  const right = 'literal' in to ? to.literal : cellsOf(to.element, record, where)[0];
  if (left === undefined || right === undefined) return 'moot';
  const one = (a: string, b: string): Truth => {
    const order = placeholders.includes(a) ? null : compareAs(as, a, b);
    if (order === null) return 'moot';
    const isTrue = { '=': order === 0, '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[
      op
    ];
    return isTrue ? 'yes' : 'no';
  };
  if (!repeatable || 'literal' in to) return one(left, right);
  const [lefts, rights] = [left.split(';'), right.split(';')];
  if (lefts.length !== rights.length) return 'moot';
  return every(lefts.map((value, at) => one(value, rights[at]!)));
}

function compareAs(as: Comparison, left: string, right: string): number | null {
  if (as === 'text') return left === right ? 0 : 1;
  if (as === 'decimal') {
    // The numbers of these tests are few and far apart.
    const isNumber = (text: string) => /^-?\d{1,20}(\.\d{1,5})?$/.test(text);
    return isNumber(left) && isNumber(right) ? Number(left) - Number(right) : null;
  }
  const isTime = (text: string) => isCalendarDate(text) || isTimestamp(text);
  if (!isTime(left) || !isTime(right)) return null;
  const byDay = left.length === 10 || right.length === 10;
  const instant = (text: string) => Date.parse(byDay ? text.slice(0, 10) : text);
  return instant(left) - instant(right);
}

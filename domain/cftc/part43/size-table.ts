/**
 * Tables of appropriate minimum block sizes and of cap sizes: what they are keyed by, how a size is looked up, how
 * they are read from a file. Sizes are US dollars. A table is data with dates, because the Commission publishes new
 * sizes from time to time. Source: 17 CFR 43.4(g), 43.4(h), 43.6; part 43, appendix F.
 */
import { readTable, type TableProblem } from '../../csv/table.ts';
import type { TableRow } from '../../csv/table.ts';
import {
  holdsOn,
  readCode,
  readConfidence,
  readOptionalBoolean,
  readOptionalDays,
  readPeriod,
  readPositive,
  readText,
} from '../table-values.ts';
import { ASSET_CLASSES, type AssetClass } from '../scopes.ts';
import type { Basis } from '../basis.ts';

/** Stands for every category of an asset class. */
export const ANY_CATEGORY = '*';

export type SizeRow = Basis & {
  readonly assetClass: AssetClass;
  /** Rates: a currency or a currency group; other classes: a category by name; or `*`. */
  readonly category: string;
  /** Longest tenor in days; null where it does not matter or has no bound. */
  readonly tenorDays: number | null;
  /** First and last day on which the size holds; null: until further notice. */
  readonly effectiveFrom: string;
  readonly effectiveTo: string | null;
  /**
   * `usd`: from this amount on. `greater-of-block`: a cap that is the block size where that is greater than `usd`.
   * `none`: nothing of the category is a block. `all`: every swap of it is.
   */
  readonly kind: 'usd' | 'greater-of-block' | 'none' | 'all';
  /** Null unless the kind has an amount. */
  readonly usd: string | null;
};

export type SizeTable = { readonly rows: readonly SizeRow[] };

export type SizeKey = {
  readonly assetClass: AssetClass | null;
  /** Name of the product's category; rates take the currency instead. */
  readonly category: string | null;
  /** The currency by which a rates swap is classified. */
  readonly currency: string | null;
  readonly tenorDays: number | null;
};

/** Why no size can be named. */
export type SizeGap =
  'asset-class-unknown' | 'category-unknown' | 'tenor-unknown' | 'no-row' | 'not-in-force';

const SUPER_MAJOR = new Set(['USD', 'EUR', 'GBP', 'JPY']);
const MAJOR = new Set(['AUD', 'CHF', 'CAD', 'ZAR', 'KRW', 'SEK', 'NZD', 'NOK', 'DKK']);

/** Group of a currency in the rates tables. Source: part 43, appendix F. */
export function currencyGroup(currency: string): 'SuperMajor' | 'Major' | 'NonMajor' {
  if (SUPER_MAJOR.has(currency)) return 'SuperMajor';
  return MAJOR.has(currency) ? 'Major' : 'NonMajor';
}

/**
 * The row for a swap: of the closest category that has rows on the date (the currency or name itself, its group, then
 * `*`) the latest edition, and of that the shortest tenor that reaches.
 * @param date the day on which the size must hold, YYYY-MM-DD
 */
export function findSize(table: SizeTable, key: SizeKey, date: string): SizeRow | SizeGap {
  if (key.assetClass === null) return 'asset-class-unknown';
  const ofClass = table.rows.filter(({ assetClass }) => assetClass === key.assetClass);
  if (ofClass.length === 0) return 'no-row';
  const inForce = ofClass.filter((row) => holdsOn(row, date));
  if (inForce.length === 0) return 'not-in-force';

  const named = key.assetClass === 'IR' ? key.currency : key.category;
  const categories = named === null ? [] : [named];
  if (named !== null && key.assetClass === 'IR') categories.push(currencyGroup(named));
  for (const category of [...categories, ANY_CATEGORY]) {
    const rows = inForce.filter((row) => row.category === category);
    if (rows.length > 0) return pickTenor(latestEdition(rows), key.tenorDays);
  }
  return named === null ? 'category-unknown' : 'no-row';
}

function latestEdition(rows: readonly SizeRow[]): SizeRow[] {
  const from = rows.map(({ effectiveFrom }) => effectiveFrom).reduce((a, b) => (a > b ? a : b));
  return rows.filter(({ effectiveFrom }) => effectiveFrom === from);
}

function pickTenor(rows: readonly SizeRow[], tenorDays: number | null): SizeRow | SizeGap {
  const bound = (row: SizeRow): number => row.tenorDays ?? Infinity;
  if (tenorDays === null)
    return rows.length === 1 && bound(rows[0]!) === Infinity ? rows[0]! : 'tenor-unknown';
  const reaching = rows.filter((row) => tenorDays <= bound(row));
  return reaching.sort((a, b) => bound(a) - bound(b))[0] ?? 'no-row';
}

const REQUIRED = ['assetClass', 'category', 'effectiveFrom', 'size', 'citation'] as const;
const OPTIONAL = ['tenorDays', 'effectiveTo', 'confidence'] as const;

type Field = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number] | 'orBlock';

export type ParsedSizes = { readonly table: SizeTable; readonly problems: readonly TableProblem[] };

/**
 * Reads a table of sizes from the text of a CSV file with the columns assetClass, category, effectiveFrom, size
 * (dollars or a word), citation and, if wanted, tenorDays, effectiveTo, confidence.
 * @param of what the sizes are: a cap can be the block size where that is greater (column orBlock) or be absent
 *   (`none`), a category can have no blocks (`none`) or nothing else (`all`)
 */
export function parseSizeTable(text: string, of: 'caps' | 'blocks'): ParsedSizes {
  const seen = new Set<string>();
  const columns = {
    required: REQUIRED,
    optional: of === 'caps' ? [...OPTIONAL, 'orBlock' as const] : OPTIONAL,
  };
  const { rows, problems } = readTable<Field, SizeRow>(text, columns, (row) => {
    const size = readSizeRow(row, of);
    if (size === null) return null;
    const key = [size.assetClass, size.category, size.tenorDays ?? '', size.effectiveFrom].join('\t');
    if (seen.has(key)) return row.fail(null, 'row-twice');
    seen.add(key);
    return size;
  });
  return { table: { rows }, problems };
}

function readSizeRow(row: TableRow<Field>, of: 'caps' | 'blocks'): SizeRow | null {
  const assetClass = readCode(row, 'assetClass', ASSET_CLASSES);
  const category = readText(row, 'category');
  const tenor = readOptionalDays(row, 'tenorDays');
  const period = readPeriod(row, 'effectiveFrom', 'effectiveTo');
  const orBlock = readOptionalBoolean(row, 'orBlock');
  const size = readSize(row, of, orBlock?.flag === true);
  const citation = readText(row, 'citation');
  const confidence = readConfidence(row, 'confidence');
  if (!assetClass || !category || !tenor || !period || !orBlock || !size || !citation || !confidence)
    return null;
  return { assetClass, category, tenorDays: tenor.days, ...period, ...size, citation, confidence };
}

function readSize(
  row: TableRow<Field>,
  of: 'caps' | 'blocks',
  orBlock: boolean,
): Pick<SizeRow, 'kind' | 'usd'> | null {
  const text = row.value('size');
  if (text === 'none' || (text === 'all' && of === 'blocks')) return { kind: text, usd: null };
  const usd = readPositive(row, 'size');
  return usd === null ? null : { kind: orBlock ? 'greater-of-block' : 'usd', usd };
}

/**
 * Appropriate minimum block sizes, and whether a swap reaches its one. Source: 17 CFR 43.6; part 43, appendix F.
 */
import { compareDecimals } from '../decimal.ts';
import type { AssetClass } from '../scopes.ts';
import type { Basis } from '../basis.ts';
import {
  ANY_CATEGORY,
  findSize,
  parseSizeTable,
  type ParsedSizes,
  type SizeGap,
  type SizeKey,
  type SizeRow,
  type SizeTable,
} from './size-table.ts';

/** Sizes of the first tables took effect and were replaced on these days; the second is from an announcement. */
export const INITIAL_FROM = '2013-07-30';
export const INITIAL_TO = '2024-10-06';

/** Longest tenors of the rates buckets, in days; the last has no bound. */
const TENOR_DAYS = [46, 107, 198, 381, 746, 1842, 3668, 10_973, null];

/** Millions of dollars by bucket. Of the other currencies the sizes above ten years are not known to us. */
const RATES_MILLIONS: Readonly<Record<string, readonly number[]>> = {
  SuperMajor: [6400, 2100, 1200, 1100, 460, 240, 170, 120, 67],
  Major: [2200, 580, 440, 220, 130, 88, 49, 37, 15],
  NonMajor: [230, 230, 150, 110, 54, 27, 15],
};

const initial = (
  assetClass: AssetClass,
  category: string,
  tenorDays: number | null,
  usd: string | null,
  basis: Basis,
): SizeRow => ({
  assetClass,
  category,
  tenorDays,
  effectiveFrom: INITIAL_FROM,
  effectiveTo: INITIAL_TO,
  kind: usd === null ? 'none' : 'usd',
  usd,
  ...basis,
});

/**
 * The initial sizes, as far as we know them: rates, and equity, which has no blocks. Credit, foreign exchange and
 * commodities are missing, and so are all sizes that hold since October 2024: load a table.
 */
export const INITIAL_BLOCKS: SizeTable = {
  rows: [
    ...Object.entries(RATES_MILLIONS).flatMap(([group, sizes]) =>
      sizes.map((millions, bucket) =>
        initial('IR', group, TENOR_DAYS[bucket]!, `${millions}000000`, {
          citation: '17 CFR part 43, appendix F',
          confidence: 'source',
        }),
      ),
    ),
    initial('EQ', ANY_CATEGORY, null, null, { citation: '17 CFR 43.6', confidence: 'general-knowledge' }),
  ],
};

/** Reads a table of block sizes; see `parseSizeTable`. */
export const parseBlockTable = (text: string): ParsedSizes => parseSizeTable(text, 'blocks');

export type BlockAnswer =
  | (Basis & { readonly block: boolean; readonly row: SizeRow })
  | { readonly block: null; readonly gap: SizeGap | 'notional-unknown' };

/**
 * Does the swap reach the block size of its category? Equal is enough.
 * Source: 17 CFR 43.6; that the larger of the two legs counts is how one repository checks it.
 * @param usdNotional dollars of the larger leg; null when no rate is known
 */
export function isBlock(
  table: SizeTable,
  key: SizeKey,
  usdNotional: string | null,
  date: string,
): BlockAnswer {
  const row = findSize(table, key, date);
  if (typeof row === 'string') return { block: null, gap: row };
  const { citation, confidence } = row;
  if (row.usd === null) return { block: row.kind === 'all', row, citation, confidence };
  if (usdNotional === null) return { block: null, gap: 'notional-unknown' };
  return { block: compareDecimals(usdNotional, row.usd) >= 0, row, citation, confidence };
}

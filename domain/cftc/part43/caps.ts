/**
 * Cap sizes: the largest notional amount that is published. Source: 17 CFR 43.4(g) and (h).
 */
import { compareDecimals } from '../decimal.ts';
import { INITIAL_FROM, INITIAL_TO } from './blocks.ts';
import type { AssetClass } from '../scopes.ts';
import { weakestConfidence, type Basis } from '../basis.ts';
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

const initial = (assetClass: AssetClass, tenorDays: number | null, millions: number): SizeRow => ({
  assetClass,
  category: ANY_CATEGORY,
  tenorDays,
  effectiveFrom: INITIAL_FROM,
  effectiveTo: INITIAL_TO,
  kind: 'greater-of-block',
  usd: `${millions}000000`,
  citation: '17 CFR 43.4(h), initial cap sizes',
  confidence: 'general-knowledge',
});

/** The initial sizes; two and ten years end with the buckets of the block sizes. Later ones must be loaded. */
export const INITIAL_CAPS: SizeTable = {
  rows: [
    initial('IR', 746, 250),
    initial('IR', 3668, 100),
    initial('IR', null, 75),
    initial('CR', null, 100),
    initial('EQ', null, 250),
    initial('FX', null, 250),
    initial('CO', null, 25),
  ],
};

/** Reads a table of cap sizes; see `parseSizeTable`. */
export const parseCapTable = (text: string): ParsedSizes => parseSizeTable(text, 'caps');

/** Not known; but amounts up to `atLeast` dollars are surely below the cap. */
export type UnknownCap = {
  readonly usd: null;
  readonly gap: SizeGap | 'block-size-unknown';
  readonly atLeast: string | null;
};

export type CapAnswer =
  | (Basis & { readonly usd: string })
  /** Nothing of the category is capped. */
  | (Basis & { readonly usd: null; readonly gap: null })
  | UnknownCap;

/** The cap of a swap's category on a day, in dollars. */
export function capFor(caps: SizeTable, blocks: SizeTable, key: SizeKey, date: string): CapAnswer {
  const row = findSize(caps, key, date);
  if (typeof row === 'string') return { usd: null, gap: row, atLeast: null };
  const { citation, confidence, kind, usd } = row;
  if (usd === null) return { usd: null, gap: null, citation, confidence };
  if (kind === 'usd') return { usd, citation, confidence };

  const block = findSize(blocks, key, date);
  if (typeof block === 'string') return { usd: null, gap: 'block-size-unknown', atLeast: usd };
  if (block.usd === null || compareDecimals(usd, block.usd) >= 0) return { usd, citation, confidence };
  return {
    usd: block.usd,
    citation: `${citation}; ${block.citation}`,
    confidence: weakestConfidence(confidence, block.confidence),
  };
}

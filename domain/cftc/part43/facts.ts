/** How sure a statement about part 43 is, and where it comes from. */
import type { Confidence } from '../rules.ts';

export type Basis = { readonly citation: string; readonly confidence: Confidence };

const ORDER: readonly Confidence[] = ['source', 'general-knowledge', 'inferred'];

/** A conclusion is as sure as the least sure of what it rests on; 'source' when it rests on nothing else. */
export function weakestConfidence(...of: readonly Confidence[]): Confidence {
  return ORDER[Math.max(0, ...of.map((confidence) => ORDER.indexOf(confidence)))]!;
}

export const ASSET_CLASSES = ['CR', 'CO', 'EQ', 'FX', 'IR'] as const;

export type AssetClass = (typeof ASSET_CLASSES)[number];

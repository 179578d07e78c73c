/** Where a statement comes from, and how sure it is. */
import type { Confidence } from './rules.ts';

export type Basis = { readonly citation: string; readonly confidence: Confidence };

const ORDER: readonly Confidence[] = ['source', 'general-knowledge', 'inferred'];

/** A conclusion is as sure as the least sure of what it rests on; 'source' when it rests on nothing else. */
export function weakestConfidence(...of: readonly Confidence[]): Confidence {
  return ORDER[Math.max(0, ...of.map((confidence) => ORDER.indexOf(confidence)))]!;
}

/**
 * Who bears the cost of a card's hour: jobs by the cells that they held and for how long, and nobody (idle) the rest.
 * Cells are memory slices with MIG, shares of a shared card, or the one of a whole card: they always make up the card.
 */
import { shareOut } from './share-out.ts';

/** What of a cost is for what: work that was kept, work that preemption or a fault has undone, or held while frozen. */
export const COST_KINDS = ['kept', 'wasted', 'frozen'] as const;

export type CostKind = (typeof COST_KINDS)[number];

/** Cells that a job held, in milliseconds from an origin that all share. */
export type HeldSpan = {
  readonly jobId: string;
  readonly kind: CostKind;
  /** How many cells. */
  readonly slices: number;
  readonly fromMs: number;
  readonly toMs: number;
};

export type CostLine = { readonly jobId: string; readonly kind: CostKind; readonly micros: number };

export type SharedHour = { readonly lines: readonly CostLine[]; readonly idleMicros: number };

/** A span of time of a card, an hour or a part of one. */
export type CardTime = {
  readonly fromMs: number;
  readonly toMs: number;
  /** Cells of the card. */
  readonly slices: number;
  readonly micros: number;
};

/**
 * Σ lines + idle = the cost, to the micro. What lies outside of the time is cut off.
 * @param spans that do not overlap on their cells, as the database sees to
 */
export function shareHour(
  { fromMs, toMs, slices, micros }: CardTime,
  spans: readonly HeldSpan[],
): SharedHour {
  const weights = new Map<string, { jobId: string; kind: CostKind; weight: number }>();
  for (const span of spans) {
    const ms = Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs);
    if (ms <= 0) continue;
    const key = `${span.jobId} ${COST_KINDS.indexOf(span.kind)}`;
    const known = weights.get(key) ?? { jobId: span.jobId, kind: span.kind, weight: 0 };
    weights.set(key, { ...known, weight: known.weight + ms * span.slices });
  }
  // In the order of their keys, so that equal input makes equal rounding.
  const held = [...weights].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  const used = held.reduce((sum, { weight }) => sum + weight, 0);
  const idle = Math.max(0, (toMs - fromMs) * slices - used);
  const parts = shareOut(micros, [...held.map(({ weight }) => weight), idle]);
  const lines = held.map(({ jobId, kind }, at) => ({ jobId, kind, micros: parts[at]! }));
  const borne = lines.reduce((sum, line) => sum + line.micros, 0);
  return { lines, idleMicros: micros - borne };
}

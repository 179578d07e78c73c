/** From what a job held and what became of it to the spans that are billed. */
import type { CostKind, HeldSpan } from './share-hour.ts';

export type Holding = {
  readonly jobId: string;
  readonly slices: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Until when its work was kept, by its last checkpoint; null: all of it. */
  readonly keptUntilMs: number | null;
  /** Spans in which it stood still, in their order and apart. */
  readonly frozen: readonly (readonly [fromMs: number, toMs: number])[];
};

/** The spans of a holding: they are apart and make it up. */
export function spansOf({ jobId, slices, fromMs, toMs, keptUntilMs, frozen }: Holding): HeldSpan[] {
  const spans: HeldSpan[] = [];
  const add = (kind: CostKind, from: number, to: number): void => {
    if (to > from) spans.push({ jobId, kind, slices, fromMs: from, toMs: to });
  };
  const kept = Math.min(Math.max(keptUntilMs ?? toMs, fromMs), toMs);
  const work = (from: number, to: number): void => {
    add('kept', from, Math.min(to, kept));
    add('wasted', Math.max(from, kept), to);
  };
  let at = fromMs;
  for (const [start, end] of frozen) {
    const from = Math.min(Math.max(start, at), toMs);
    const to = Math.min(Math.max(end, from), toMs);
    work(at, from);
    add('frozen', from, to);
    at = to;
  }
  work(at, toMs);
  return spans;
}

/**
 * The repository's open swaps report against what it should say. Both sides come in the order of their keys and are read
 * once; what only one side has is put aside, and then told apart: a swap under a wrong UTI is on both sides.
 */
import { BREAK_KINDS, type Break, type ReconciliationCounts } from '../../contracts/reconciliation.ts';
import { wholeSwap, type SwapComparison } from './compare-swap.ts';
import type { KnownSwap } from './known-swap.ts';
import type { ReportedSwap } from './reported-swap.ts';

/** Takes what one side alone has; hands it out by fingerprint, equal ones in the order in which they came. */
export type Aside<Swap> = {
  readonly add: (fingerprint: string, swap: Swap) => void;
  readonly sorted: () => Iterable<{ readonly fingerprint: string; readonly swap: Swap }>;
};

export type Reconciliation = {
  /** Open by our knowledge, and ours to report: must the report list it? */
  readonly isExpected: (swap: KnownSwap) => boolean;
  readonly comparison: SwapComparison;
  readonly ours: AsyncIterable<KnownSwap>;
  /** May name a swap twice. */
  readonly theirs: Iterable<ReportedSwap>;
  readonly onlyOurs: Aside<KnownSwap>;
  readonly onlyTheirs: Aside<ReportedSwap>;
  /** Breaks of swaps that both have in the order of the keys, then those that one side alone has. */
  readonly onBreak: (found: Break) => void;
};

/** Compares the two sides; holds one swap of each at a time. */
export async function reconcile(task: Reconciliation): Promise<ReconciliationCounts> {
  const breaks = Object.fromEntries(BREAK_KINDS.map((kind) => [kind, 0])) as ReconciliationCounts['breaks'];
  const counts: ReconciliationCounts = { reported: 0, expected: 0, compared: 0, agreeing: 0, breaks };
  const tell = (found: Break): void => {
    breaks[found.kind] += 1;
    task.onBreak(found);
  };
  await merge(task, counts, tell);
  for (const found of tellApart(task)) tell(found);
  return counts;
}

async function merge(task: Reconciliation, counts: ReconciliationCounts, tell: (found: Break) => void) {
  const { comparison, isExpected } = task;
  const theirs = task.theirs[Symbol.iterator]();
  let next = take(theirs, counts);
  const onlyTheirs = (swap: ReportedSwap): void => {
    const fingerprint = comparison.fingerprintOf(swap.values);
    if (fingerprint === null) tell(wholeSwap('reported-should-not-be', swap.key, swap.line));
    else task.onlyTheirs.add(fingerprint, swap);
  };
  for await (const ours of task.ours) {
    while (next !== null && next.key < ours.key) {
      onlyTheirs(next);
      next = skipRepeats(next, theirs, counts, tell);
    }
    if (isExpected(ours)) counts.expected += 1;
    if (next?.key !== ours.key) {
      if (isExpected(ours)) putAside(ours, task, tell);
      continue;
    }
    const found = comparison.compare(ours, next);
    counts.compared += 1;
    if (found.length === 0) counts.agreeing += 1;
    for (const one of found) tell(one);
    next = skipRepeats(next, theirs, counts, tell);
  }
  while (next !== null) {
    onlyTheirs(next);
    next = skipRepeats(next, theirs, counts, tell);
  }
}

function take(theirs: Iterator<ReportedSwap>, counts: ReconciliationCounts): ReportedSwap | null {
  const next = theirs.next();
  if (next.done) return null;
  counts.reported += 1;
  return next.value;
}

/** The line of the next swap. A report lists a swap once: a further line should not be there. */
function skipRepeats(
  last: ReportedSwap,
  theirs: Iterator<ReportedSwap>,
  counts: ReconciliationCounts,
  tell: (found: Break) => void,
): ReportedSwap | null {
  for (;;) {
    const next = take(theirs, counts);
    if (next?.key !== last.key) return next;
    tell({ ...wholeSwap('reported-should-not-be', next.key, next.line), theirs: `line ${last.line}` });
  }
}

function putAside(swap: KnownSwap, task: Reconciliation, tell: (found: Break) => void): void {
  const fingerprint = task.comparison.fingerprintOf(swap.values);
  if (fingerprint === null) tell(missingSwap(swap));
  else task.onlyOurs.add(fingerprint, swap);
}

/** What the repository has acknowledged it had: then it holds the swap for closed. */
const missingSwap = ({ key, acknowledged, status }: KnownSwap): Break => ({
  ...wholeSwap(acknowledged ? 'closed-should-be-open' : 'unreported-swap', key, null),
  ours: status,
});

/** Swaps with the same parties, execution and terms are one, under two UTIs; the others are on one side alone. */
function* tellApart({ onlyOurs, onlyTheirs, comparison }: Reconciliation): Generator<Break> {
  const theirs = onlyTheirs.sorted()[Symbol.iterator]();
  let next = theirs.next();
  const surplus = ({ key, line }: ReportedSwap): Break => wholeSwap('reported-should-not-be', key, line);
  for (const { fingerprint, swap } of onlyOurs.sorted()) {
    while (!next.done && next.value.fingerprint < fingerprint) {
      yield surplus(next.value.swap);
      next = theirs.next();
    }
    if (next.done || next.value.fingerprint !== fingerprint) {
      yield missingSwap(swap);
      continue;
    }
    const found: ReportedSwap = next.value.swap;
    yield { ...wholeSwap('wrong-uti', swap.key, found.line), ours: swap.key, theirs: found.key };
    yield* comparison.compareFields(swap, found);
    next = theirs.next();
  }
  for (; !next.done; next = theirs.next()) yield surplus(next.value.swap);
}

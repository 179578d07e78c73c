/**
 * A repository's report against the ledger. The report may be in any order: its lines are sorted on disk, and then go
 * beside the ledger's swaps one by one, so that memory does not grow with either.
 */
import type { Break, ReconciliationCounts } from '../contracts/reconciliation.ts';
import { withKnownSwaps, type Knowledge } from '../db/reconcile.ts';
import { hashText, storableKey } from '../db/ledger-subjects.ts';
import { createComparison, type SwapComparison } from '../domain/reconcile/compare-swap.ts';
import type { KnownSwap } from '../domain/reconcile/known-swap.ts';
import { reconcile, type Aside } from '../domain/reconcile/reconcile.ts';
import { readReportedSwap, type ReportedSwap } from '../domain/reconcile/reported-swap.ts';
import type { Layout } from '../domain/swaps/header.ts';
import type { Sql } from '../platform/postgres.ts';
import { openSorter, type RecordSorter } from '../platform/record-sorter.ts';
import { onWorkFile } from './on-work-file.ts';
import { readReport } from './read-report.ts';

export type ReconciliationTask = {
  readonly sql: Sql;
  readonly file: string;
  readonly knowledge: Knowledge;
  /** Must the report list it, if it is open? */
  readonly isOurs: (swap: KnownSwap) => boolean;
  readonly onBreak: (found: Break) => void;
  /** Called with every line that cannot be read, or names no swap. */
  readonly onUnreadable: (line: number) => void;
  readonly onProgress: (bytes: number, ofBytes: number) => void;
};

export type FileReconciliation = {
  readonly counts: ReconciliationCounts;
  /** SHA-256 of the report's content, in hex. */
  readonly sha256: string;
};

/**
 * Reads the report, then compares.
 * @throws TainError with the whole-file problem; reconcile.not-submission; input.no-work-file
 */
export async function reconcileFile(task: ReconciliationTask): Promise<FileReconciliation> {
  const lines = openSorter();
  const [ours, theirs] = [openSorter(), openSorter()];
  try {
    const { sha256, comparison } = await sortReport(task, lines);
    const { sql, knowledge, isOurs, onBreak } = task;
    const counts = await withKnownSwaps(sql, knowledge, (swaps) =>
      reconcile({
        isExpected: (swap) => swap.status === 'open' && isOurs(swap),
        comparison,
        ours: swaps,
        theirs: readSwaps<ReportedSwap>(lines),
        onlyOurs: asideOf<KnownSwap>(ours),
        onlyTheirs: asideOf<ReportedSwap>(theirs),
        onBreak,
      }),
    );
    return { counts, sha256 };
  } finally {
    for (const sorter of [lines, ours, theirs]) sorter.close();
  }
}

async function sortReport(
  { file, onUnreadable, onProgress }: ReconciliationTask,
  lines: RecordSorter,
): Promise<{ sha256: string; comparison: SwapComparison }> {
  let layout: Layout | null = null;
  const sha256 = await readReport(file, {
    onLayout: (found) => (layout = found),
    onRecord: ({ slice, line }) => {
      const swap = slice === null ? null : readReportedSwap(slice, layout!, line);
      if (swap === null) return onUnreadable(line);
      // As the ledger keeps keys, so that both sides are in one order.
      const key = storableKey(swap.key);
      onWorkFile(() => lines.add(key, JSON.stringify({ ...swap, key })));
    },
    onProgress,
  });
  return { sha256, comparison: createComparison(layout!) };
}

function* readSwaps<Swap>(sorter: RecordSorter): Generator<Swap> {
  const sorted = sorter.sorted();
  for (;;) {
    const next = onWorkFile(() => sorted.next());
    if (next.done) return;
    yield JSON.parse(next.value.text) as Swap;
  }
}

/** Puts swaps aside on disk. Fingerprints are of any length and any letters; their hashes are not. */
const asideOf = <Swap>(sorter: RecordSorter): Aside<Swap> => ({
  add: (fingerprint, swap) =>
    onWorkFile(() =>
      sorter.add(hashText(fingerprint), JSON.stringify({ fingerprint: hashText(fingerprint), swap })),
    ),
  sorted: () => readSwaps<{ readonly fingerprint: string; readonly swap: Swap }>(sorter),
});

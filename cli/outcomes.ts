/** What became of accepted records, for people. */
import type { LedgerCounts } from '../contracts/file-ingest.ts';
import { formatCount, print } from './print.ts';

const WORDS: Readonly<Record<Exclude<keyof LedgerCounts, 'applied'>, string>> = {
  duplicate: 'the same message came before, in a file or on a feed.',
  conflict: 'another message says something else of the same event; both are kept, the other one counts.',
  pending: 'the message that begins their swap is not known; it may still come.',
  violated: 'their swap takes no such message in its state.',
  unplaced: 'they name neither a swap nor a portfolio.',
};

/** "accepted 10 = applied 8 + duplicate 2 + conflict 0 + pending 0 + violated 0". */
export function describeOutcomes(accepted: number, { unplaced, ...outcomes }: LedgerCounts): string {
  const shown = { ...outcomes, ...(unplaced > 0 && { unplaced }) };
  const sum = Object.entries(shown).map(([outcome, records]) => `${outcome} ${formatCount(records)}`);
  return `accepted ${formatCount(accepted)} = ${sum.join(' + ')}`;
}

/** The sum, and what it means wherever a record was not simply applied. */
export function printOutcomes(accepted: number, outcomes: LedgerCounts): void {
  print(`In the ledger: ${describeOutcomes(accepted, outcomes)}`);
  for (const [outcome, words] of Object.entries(WORDS)) {
    const records = outcomes[outcome as keyof typeof WORDS];
    if (records > 0) print(`  ${formatCount(records)} ${outcome}: ${words}`);
  }
}

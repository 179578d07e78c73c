/** What does not come out the same, collected: the first differences are listed, all are counted. */
import { cutText } from '../contracts/cut-text.ts';
import type { RecordPlace, ReplayDifference } from '../contracts/day-replay.ts';
import { MAX_SHOWN_DIFFERENCES } from '../contracts/verification.ts';
import { subjectId } from '../db/ledger-subjects.ts';
import type { Subject } from '../domain/swaps/swap-event.ts';

/** Swaps whose changed records are remembered as the cause of what follows from them. */
const MAX_CAUSES = 10_000;
const MAX_TEXT = 300;

/** A difference as far as something is known of it. */
export type Found = Pick<ReplayDifference, 'kind' | 'place'> & Partial<ReplayDifference>;

export type Findings = ReturnType<typeof createFindings>;

export function createFindings() {
  const differences: ReplayDifference[] = [];
  const causes = new Map<string, RecordPlace>();
  let differing = 0;
  return {
    add(found: Found): void {
      differing += 1;
      if (differences.length >= MAX_SHOWN_DIFFERENCES) return;
      const none = { field: null, stored: null, replayed: null, altered: null, message: null, line: null };
      const all = { ...none, ...found };
      differences.push({ ...all, stored: cut(all.stored), replayed: cut(all.replayed) });
    },
    /** Counts differences that are not listed. */
    addUnlisted(count: number): void {
      differing += count;
    },
    /** How many more are listed. */
    room: (): number => MAX_SHOWN_DIFFERENCES - differences.length,
    /** Remembers a changed record of a swap. */
    blame(subject: Subject, place: RecordPlace): void {
      if (causes.size < MAX_CAUSES && !causes.has(subjectId(subject))) causes.set(subjectId(subject), place);
    },
    causeOf: (subject: Subject): RecordPlace | undefined => causes.get(subjectId(subject)),
    result: () => ({ differing, differences }),
  };
}

const cut = (text: string | null): string | null => text && cutText(text, MAX_TEXT);

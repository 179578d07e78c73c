/**
 * Proves what is stored of a session of a feed: its sequence numbers, the verdicts on its messages, made again from
 * their bytes by the code of ingest, and what the ledger has of them. What is stored is never believed.
 */
import type {
  FeedDifference,
  FeedDifferenceKind,
  FeedSessionProof,
} from '../../contracts/feed-verification.ts';
import type { LedgerCounts } from '../../contracts/file-ingest.ts';
import type { Issue } from '../../contracts/issues.ts';
import { MAX_SHOWN_DIFFERENCES } from '../../contracts/verification.ts';
import { readSourcedEvent } from '../swaps/event-source.ts';
import type { JudgedMessage } from '../swaps/judge-message.ts';
import type { Subject } from '../swaps/swap-event.ts';
import { compareIssues } from '../swaps/verify-differences.ts';
import { createSequenceCheck, type StoredGap } from './verify-sequence.ts';

/** What a message was judged by, as far as it can be had. */
export type MessageBasis =
  | { readonly kind: 'known'; readonly judge: (bytes: Uint8Array) => JudgedMessage }
  | { readonly kind: 'other-rules'; readonly ruleSetVersion: string }
  | { readonly kind: 'lost'; readonly what: string };

export type StoredMessage = {
  readonly sequence: number;
  readonly raw: Uint8Array;
  readonly verdict: string;
  readonly key: string | null;
  readonly issues: readonly Issue[];
  readonly basis: MessageBasis;
};

/** What the ledger has at a sequence number. */
export type LedgerEntry = {
  /** Kind, a blank, and the key as it is stored; null when there is no event. */
  readonly subject: string | null;
  /** Of the content, in hex. */
  readonly hash: string | null;
  readonly outcome: string | null;
};

export type SessionRequest = {
  readonly feed: string;
  readonly session: string;
  /** The next number that is not journalled; null when nobody knows. */
  readonly checkpoint: number | null;
  /** By their first numbers. */
  readonly gaps: readonly StoredGap[];
  /** SHA-256 of a text, in hex. */
  readonly hash: (text: string) => string;
  /** Names a subject as `LedgerEntry` does. */
  readonly nameSubject: (subject: Subject) => string;
  /** The key of a record as the journal holds it. */
  readonly storedKey: (key: string | null) => string | null;
};

export type SessionCheck = {
  /**
   * Takes what is stored from a number to another, in the order of the numbers; behind what was taken before.
   * @param ledger by sequence number
   */
  readonly take: (messages: readonly StoredMessage[], ledger: ReadonlyMap<number, LedgerEntry>) => void;
  /** @param outcomes of the whole session, counted in the ledger */
  readonly end: (outcomes: Omit<LedgerCounts, 'unplaced'>, altered: number) => FeedSessionProof;
};

export function createSessionCheck(request: SessionRequest): SessionCheck {
  const { feed, session, checkpoint, gaps } = request;
  const source = { kind: 'feed', feed, session } as const;
  const differences: FeedDifference[] = [];
  let differing = 0;
  const add = (
    kind: FeedDifferenceKind,
    messages: FeedDifference['messages'],
    expected: string | null = null,
    actual: string | null = null,
  ): void => {
    differing += 1;
    if (differences.length < MAX_SHOWN_DIFFERENCES)
      differences.push({ kind, session, messages, expected, actual });
  };
  const sequence = createSequenceCheck(gaps, checkpoint, add);
  const counts = { journalled: 0, accepted: 0, rejected: 0 };
  const unprovable = new Map<string, number>();
  let unplaced = 0;

  /** @returns what the ledger must have of the message; undefined when that cannot be said */
  const judge = (message: StoredMessage, at: Range): { subject: string; hash: string } | null | undefined => {
    const { basis, raw, verdict, key, issues } = message;
    if (basis.kind === 'other-rules') {
      unprovable.set(basis.ruleSetVersion, (unprovable.get(basis.ruleSetVersion) ?? 0) + 1);
      return verdict === 'accepted' ? undefined : null;
    }
    if (basis.kind === 'lost') {
      add('basis', at, basis.what);
      return verdict === 'accepted' ? undefined : null;
    }
    const judged = basis.judge(raw);
    const { accepted, issues: expectedIssues } = judged.verdict;
    const expectedVerdict = accepted ? 'accepted' : 'rejected';
    if (expectedVerdict !== verdict) add('verdict', at, expectedVerdict, verdict);
    const expectedKey = request.storedKey(judged.verdict.key);
    if (expectedKey !== key) add('key', at, expectedKey, key);
    const unequal = compareIssues(expectedIssues, issues);
    if (unequal !== null) add('issues', at, unequal.expected, unequal.actual);
    if (!accepted || judged.values === null) return null;
    const sourced = readSourcedEvent(judged.values, {
      source,
      position: message.sequence,
      hash: request.hash,
    });
    return (
      sourced && { subject: request.nameSubject(sourced.event.subject), hash: sourced.event.contentHash }
    );
  };

  const compareEntry = (
    expected: ReturnType<typeof judge>,
    entry: LedgerEntry | undefined,
    at: Range,
  ): void => {
    const [subject, hash, outcome] = [entry?.subject ?? null, entry?.hash ?? null, entry?.outcome ?? null];
    if (subject === null) {
      if (expected) add('event-missing', at, expected.subject);
      if (outcome !== null) add('outcome-extra', at, null, outcome);
      return;
    }
    if (expected === null) add('event-extra', at, null, subject);
    if (expected && expected.subject !== subject) add('event-content', at, expected.subject, subject);
    if (expected && expected.hash !== hash)
      add('event-content', at, `content ${expected.hash}`, `content ${hash}`);
    if (outcome === null) add('outcome-missing', at, null, subject);
  };

  return {
    take(messages, ledger) {
      const rest = new Map(ledger);
      for (const message of messages) {
        const at = { from: message.sequence, to: message.sequence + 1 };
        counts.journalled += 1;
        counts[message.verdict === 'accepted' ? 'accepted' : 'rejected'] += 1;
        sequence.take(message.sequence);
        const expected = judge(message, at);
        const entry = rest.get(message.sequence);
        rest.delete(message.sequence);
        const isUnplaced = expected === null || (expected === undefined && entry === undefined);
        if (message.verdict === 'accepted' && isUnplaced) unplaced += 1;
        compareEntry(expected, entry, at);
      }
      for (const [position, entry] of rest) compareEntry(null, entry, { from: position, to: position + 1 });
    },
    end({ applied, duplicate, conflict, pending, violated }, altered) {
      sequence.end();
      const ledger = { applied, duplicate, conflict, pending, violated, unplaced };
      const sum = Object.values(ledger).reduce((total, count) => total + count, 0);
      if (sum !== counts.accepted) add('outcomes', null, String(counts.accepted), String(sum));
      return {
        session,
        checkpoint,
        counts,
        ledger,
        gaps: sequence.gaps,
        altered,
        unprovable: [...unprovable].map(([ruleSetVersion, messages]) => ({ ruleSetVersion, messages })),
        differing,
        differences,
      };
    },
  };
}

type Range = NonNullable<FeedDifference['messages']>;

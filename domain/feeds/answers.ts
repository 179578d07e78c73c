/**
 * What a feed is told of its messages (ACK and NACK), as the bytes of an unsequenced packet: one JSON object. Issues
 * are told as they are stored, and as many as fit: a packet has an end, the issues of a message need not have one.
 */
import type { Issue } from '../../contracts/issues.ts';
import { MAX_MESSAGE_BYTES } from './packets.ts';

export type FeedAnswer = {
  readonly session: string;
  readonly sequence: number;
  readonly accepted: boolean;
  /** UTI, USI or dissemination identifier; null when none could be read. */
  readonly key: string | null;
  readonly issues: readonly Issue[];
};

/** An answer as it comes back out of its bytes. */
export type SentAnswer = FeedAnswer & {
  /** Issues that did not fit into the packet. */
  readonly leftOut: number;
};

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes of an answer; issues that do not fit are counted, errors are told first. A key that does not fit is none. */
export function encodeAnswer(answer: FeedAnswer): Uint8Array {
  const ranked = [...answer.issues].sort((one, other) => rank(one) - rank(other));
  let issues: readonly Issue[] = ranked;
  for (;;) {
    const { session, sequence, accepted, key } = answer;
    const leftOut = ranked.length - issues.length;
    const bytes = encoder.encode(JSON.stringify({ session, sequence, accepted, key, issues, leftOut }));
    if (bytes.length <= MAX_MESSAGE_BYTES) return bytes;
    if (issues.length === 0) return encodeAnswer({ ...answer, key: null });
    issues = issues.slice(0, issues.length >> 1);
  }
}

const rank = ({ severity }: Issue): number => (severity === 'error' ? 0 : 1);

/** An answer out of its bytes; null when they are none. */
export function readAnswer(bytes: Uint8Array): SentAnswer | null {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    return isAnswer(value) ? value : null;
  } catch {
    return null;
  }
}

function isAnswer(value: unknown): value is SentAnswer {
  if (typeof value !== 'object' || value === null) return false;
  const { session, sequence, accepted, issues } = value as Partial<SentAnswer>;
  return (
    typeof session === 'string' &&
    Number.isSafeInteger(sequence) &&
    typeof accepted === 'boolean' &&
    Array.isArray(issues)
  );
}

/**
 * The states of an outgoing message, and what an answer does to it. The wire brings answers twice, late and in any order:
 * a verdict says that the message was received, and a receipt behind it adds nothing. Of two verdicts that contradict
 * each other the first stands, and the second is named.
 */
import type { AnswerEffect, MessageState, OutboundAnswer } from '../../contracts/outbound.ts';

export type MessageFacts = {
  readonly state: MessageState;
  /** Is it known that the other side has it? */
  readonly received: boolean;
  /** Is it refused by the word of somebody here, because no answer came? */
  readonly givenUp?: boolean;
};

export type Answered = { readonly facts: MessageFacts; readonly effect: AnswerEffect };

type MessageAnswer = Pick<OutboundAnswer, 'kind' | 'verdict'>;

/** Without a verdict: it waits, or is on its way. What waits and is answered was sent by somebody who could not say so. */
const OPEN: ReadonlySet<MessageState> = new Set(['held', 'pending', 'sent']);

/** What an answer on a message does to it. */
export function answerMessage(known: MessageFacts, answer: MessageAnswer): Answered {
  const unchanged = (effect: AnswerEffect): Answered => ({ facts: known, effect });
  if (answer.kind === 'receipt') {
    if (known.received) return unchanged('repeated');
    const state = OPEN.has(known.state) ? 'sent' : known.state;
    return { facts: { ...known, state, received: true }, effect: 'applied' };
  }
  if (answer.kind !== 'record') return unchanged('unknown');
  const verdict = answer.verdict === 'accepted' ? 'acknowledged' : 'refused';
  // A word of ours stands until there is one of theirs.
  const isOurs = known.state === 'refused' && known.givenUp === true;
  if (OPEN.has(known.state) || isOurs)
    return { facts: { state: verdict, received: true }, effect: 'applied' };
  // What has been sent again was refused.
  const stands = known.state === 'acknowledged' ? 'acknowledged' : 'refused';
  return unchanged(stands === verdict ? 'repeated' : 'contradicts');
}

/** The verdict on a file that stands behind another answer on it. */
export function answerFile(
  known: 'accepted' | 'refused' | null,
  verdict: 'accepted' | 'refused',
): { readonly verdict: 'accepted' | 'refused'; readonly effect: AnswerEffect } {
  if (known === null) return { verdict, effect: 'applied' };
  return { verdict: known, effect: known === verdict ? 'repeated' : 'contradicts' };
}

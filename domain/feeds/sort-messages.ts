/** Messages of a feed by their sequence numbers: what is new, what came again, what is missing, what fits into a batch. */

type Numbered = { readonly sequence: number };

/** Sequence numbers from `from` up to, not including, `to`. */
type Range = { readonly from: number; readonly to: number };

/**
 * Messages behind those that were taken, and those that came again. What a sender left out and then sends after all is
 * new, although it went back for it.
 */
export function sortOut<Message extends Numbered>(
  from: number,
  read: readonly Message[],
): { readonly messages: readonly Message[]; readonly repeated: readonly Message[] } {
  const messages: Message[] = [];
  const repeated: Message[] = [];
  let expected = from;
  for (const message of read) {
    if (message.sequence < expected) repeated.push(message);
    else {
      messages.push(message);
      expected = message.sequence + 1;
    }
  }
  return { messages, repeated };
}

/** What is missing between the checkpoint and messages behind it. */
export function findGaps(from: number, messages: readonly Numbered[]): Range[] {
  const gaps: Range[] = [];
  let expected = from;
  for (const { sequence } of messages) {
    if (sequence > expected) gaps.push({ from: expected, to: sequence });
    expected = sequence + 1;
  }
  return gaps;
}

/**
 * Messages in their order, in parts that have so many messages and bytes at most, and one message at least.
 * @param bytesOf what a message takes in a batch
 */
export function partsOf<Message>(
  messages: readonly Message[],
  most: { readonly messages: number; readonly bytes: number },
  bytesOf: (message: Message) => number,
): Message[][] {
  const parts: Message[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const own = bytesOf(message);
    const last = parts.at(-1);
    if (last === undefined || last.length >= most.messages || bytes + own > most.bytes) {
      parts.push([message]);
      bytes = own;
    } else {
      last.push(message);
      bytes += own;
    }
  }
  return parts;
}

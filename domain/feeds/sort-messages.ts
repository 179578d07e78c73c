/** Messages of a feed by their sequence numbers: what is new, what came again, what is missing, what fits into a batch. */

type Numbered = { readonly sequence: number };

/** Sequence numbers from `from` up to, not including, `to`. */
type Range = { readonly from: number; readonly to: number };

/**
 * Messages behind those that were taken, in the order of their numbers, and those that came again. A message that came
 * behind its turn, but before anything behind it was stored, is in its place here.
 */
export function sortOut<Message extends Numbered>(
  from: number,
  read: readonly Message[],
): { readonly messages: readonly Message[]; readonly repeated: readonly Message[] } {
  const fresh = new Map<number, Message>();
  const repeated: Message[] = [];
  for (const message of read) {
    if (message.sequence < from || fresh.has(message.sequence)) repeated.push(message);
    else fresh.set(message.sequence, message);
  }
  const messages = [...fresh.values()].sort((one, other) => one.sequence - other.sequence);
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

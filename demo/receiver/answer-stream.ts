/**
 * The answers of one session, in the order and under the numbers in which they are given: whoever logs in again has them
 * from where it wants. Manners decide whether they come twice, late or out of order.
 */
import type { OutboundAnswer } from '../../contracts/outbound.ts';
import { encodeOutboundAnswer } from '../../domain/outbound/answer.ts';
import type { Consumer } from '../feed/consumer.ts';

export type Manners = {
  /** Takes messages in and says nothing, not even that it has them. */
  readonly stalls: boolean;
  /** Receipts come at once, verdicts when they are released. */
  readonly late: boolean;
  readonly twice: boolean;
  /** Answers of a short while come in reverse. */
  readonly reversed: boolean;
  /** Cuts the connection behind that many messages, again and again; null: never. */
  readonly disconnectEvery: number | null;
};

export const GOOD_MANNERS: Manners = {
  stalls: false,
  late: false,
  twice: false,
  reversed: false,
  disconnectEvery: null,
};

export type AnswerStream = {
  readonly session: string;
  /** Serves a consumer from a sequence number on. @returns the number that is served first */
  attach(consumer: Consumer, wanted: number): number;
  detach(consumer: Consumer): void;
  give(answers: readonly OutboundAnswer[]): void;
  /** Gives the verdicts that were kept back. */
  release(): void;
  readonly consumer: Consumer | null;
  close(): void;
};

const GATHER_MS = 30;

/** @param first number of the first answer: what came before is not here any more */
export function openAnswerStream(session: string, first: number, manners: () => Manners): AnswerStream {
  const answers: Uint8Array[] = [];
  let consumer: Consumer | null = null;
  /** Index of the next answer for the consumer. */
  let next = 0;
  let isPumping = false;
  let late: OutboundAnswer[] = [];
  let gathered: OutboundAnswer[] = [];
  let timer: NodeJS.Timeout | undefined;

  const pump = async (): Promise<void> => {
    if (isPumping) return;
    isPumping = true;
    while (consumer !== null && next < answers.length) {
      const to = consumer;
      const bytes = answers[next]!;
      next += 1;
      if (!(await to.send({ bytes }, null)) && consumer === to) consumer = null;
    }
    isPumping = false;
  };
  const push = (given: readonly OutboundAnswer[]): void => {
    for (const answer of given) {
      const bytes = encodeOutboundAnswer(answer);
      answers.push(bytes);
      if (manners().twice) answers.push(bytes);
    }
    void pump();
  };
  const flush = (): void => {
    timer = undefined;
    push(gathered.reverse());
    gathered = [];
  };
  const pass = (given: readonly OutboundAnswer[]): void => {
    if (!manners().reversed) return push(given);
    gathered.push(...given);
    timer ??= setTimeout(flush, GATHER_MS);
  };

  return {
    session,
    attach(given, wanted) {
      next = Math.min(Math.max(0, wanted - first), answers.length);
      consumer = given;
      return first + next;
    },
    detach(left) {
      if (consumer === left) consumer = null;
    },
    give(given) {
      const isLate = ({ kind }: OutboundAnswer): boolean => manners().late && kind !== 'receipt';
      late.push(...given.filter(isLate));
      pass(given.filter((answer) => !isLate(answer)));
    },
    release() {
      const given = late;
      late = [];
      pass(given);
      void pump();
    },
    get consumer() {
      return consumer;
    },
    close() {
      clearTimeout(timer);
    },
  };
}

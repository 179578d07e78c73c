/**
 * The server of a simulated feed: plays a plan to one consumer at a time, at the times of the plan, from any sequence,
 * and misbehaves where the plan says so. It keeps what it sent and what it was told: the ground truth of a run.
 */
import { readAnswer, type SentAnswer } from '../domain/feeds/answers.ts';
import type { LoginRequest } from '../domain/feeds/packets.ts';
import type { Consumer } from './feed/consumer.ts';
import { listenForConsumers } from './feed/listen.ts';
import type { PlannedMessage } from './feed/plan.ts';
import { playPlan } from './feed/play.ts';

export type SimulatorRequest = {
  readonly plan: readonly PlannedMessage[];
  /** Name of the session, at most 10 characters. */
  readonly session: string;
  /** On 127.0.0.1; 0 or absent: any free one. */
  readonly port?: number;
  /** Absent: everybody may log in. */
  readonly credentials?: { readonly user: string; readonly password: string };
  readonly heartbeatMs?: number;
  /** How long a consumer may say nothing. */
  readonly silenceMs?: number;
  /** Does the session end behind the last message? */
  readonly ends?: boolean;
  /** When the plan began, in milliseconds since 1970: a server that is started again goes on with it. Absent: now. */
  readonly startedAt?: number;
  /**
   * How a login is answered that asks for more than was sent: with the next number to be sent, or, absent, as a session
   * that began anew, with 1.
   */
  readonly answersOwnNext?: boolean;
  /** Told of each acknowledgement before anything else is done with it. */
  readonly onAnswer?: (answer: SentAnswer) => void;
};

/** What happened so far. Times are milliseconds from the start. */
export type FeedTruth = {
  readonly session: string;
  readonly plan: readonly PlannedMessage[];
  /** By sequence number: when it was sent; more than once if it was asked for again. */
  readonly sent: ReadonlyMap<number, readonly number[]>;
  /** Logins in their order; `answered` is the sequence that was named, or why the login was refused. */
  readonly logins: readonly {
    readonly atMs: number;
    readonly wanted: number;
    readonly answered: number | 'A' | 'S' | 'B';
  }[];
  /** Acknowledgements in their order. */
  readonly answers: readonly SentAnswer[];
  /** What was sent to the server as an answer and is none. */
  readonly strangeAnswers: number;
};

export type FeedSimulator = {
  readonly port: number;
  readonly truth: () => FeedTruth;
  /** Cuts the connection of whoever is there. */
  readonly disconnect: () => void;
  readonly close: () => Promise<void>;
};

/** Starts a simulated feed. */
export async function startFeedSimulator(request: SimulatorRequest): Promise<FeedSimulator> {
  const { plan, session, credentials, heartbeatMs = 1000, silenceMs = 15_000, ends = true } = request;
  const start = performance.now() - (request.startedAt === undefined ? 0 : Date.now() - request.startedAt);
  const nowMs = (): number => performance.now() - start;
  const sent = new Map<number, number[]>();
  const logins: FeedTruth['logins'][number][] = [];
  const answers: SentAnswer[] = [];
  const happened = new Set<number>();
  let strangeAnswers = 0;
  let active: Consumer | null = null;
  /** How far the next login is answered from what it asks for; happens once. */
  let shift = 0;

  /** Sends what is due, from a sequence on, for as long as the consumer stays. */
  const play = async (consumer: Consumer, from: number): Promise<void> => {
    const send = (message: PlannedMessage): Promise<boolean> => {
      const { sequence, span } = message;
      const disruption = happened.has(sequence) ? null : message.disruption;
      happened.add(sequence);
      if (disruption === 'gap') shift = span;
      if (disruption === 'regress') shift = -span;
      sent.set(sequence, [...(sent.get(sequence) ?? []), nowMs()]);
      return consumer.send(message, disruption);
    };
    const isOver = await playPlan(plan, from, { nowMs, stays: () => active === consumer, send });
    if (!isOver || !ends) return;
    consumer.endSession();
    // It may stay to tell what became of its messages; somebody else may have them meanwhile.
    if (active === consumer) active = null;
  };

  const login = ({ user, password, session: wanted, sequence }: LoginRequest, consumer: Consumer): void => {
    const refuse = (code: 'A' | 'S' | 'B'): void => {
      logins.push({ atMs: nowMs(), wanted: sequence, answered: code });
      consumer.reject(code);
    };
    if (credentials && (user !== credentials.user || password !== credentials.password)) return refuse('A');
    if (wanted !== '' && wanted !== session) return refuse('S');
    if (active !== null) return refuse('B');
    // What lies ahead of the plan is not there: a server that began anew has no higher number to offer.
    const ownNext = plan.filter(({ sendAtMs }) => sendAtMs <= nowMs()).length + 1;
    const isAhead = sequence > (request.answersOwnNext ? ownNext : plan.length + 1);
    const asked = isAhead ? (request.answersOwnNext ? ownNext : 1) : Math.max(1, sequence);
    const first = Math.min(Math.max(1, asked + shift), plan.length + 1);
    // Going back to the first message would be another session under the same name.
    const answered = shift < 0 && first === 1 ? asked : first;
    shift = 0;
    active = consumer;
    logins.push({ atMs: nowMs(), wanted: sequence, answered });
    consumer.accept(session, answered);
    void play(consumer, answered);
  };

  const server = await listenForConsumers(
    { port: request.port ?? 0, heartbeatMs, silenceMs },
    {
      login,
      told: (message) => {
        const answer = readAnswer(message);
        if (answer === null) {
          strangeAnswers += 1;
          return;
        }
        request.onAnswer?.(answer);
        answers.push(answer);
      },
      left: (consumer) => {
        if (active === consumer) active = null;
      },
    },
  );

  return {
    port: server.port,
    truth: () => ({ session, plan, sent, logins, answers, strangeAnswers }),
    disconnect: () => active?.destroy(),
    async close() {
      active = null;
      await server.close();
    },
  };
}

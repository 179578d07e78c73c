/**
 * The server of a simulated feed: plays a plan to one consumer at a time, at the times of the plan, from any sequence,
 * and misbehaves where the plan says so. It keeps what it sent and what it was told: the ground truth of a run.
 */
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { readAnswer, type SentAnswer } from '../domain/feeds/answers.ts';
import type { LoginRequest } from '../domain/feeds/packets.ts';
import { serveConsumer, type Consumer } from './feed/consumer.ts';
import type { PlannedMessage } from './feed/plan.ts';

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

/** Starts a simulated feed; its time begins now. */
export async function startFeedSimulator(request: SimulatorRequest): Promise<FeedSimulator> {
  const { plan, session, credentials, heartbeatMs = 1000, silenceMs = 15_000, ends = true } = request;
  const start = performance.now();
  const nowMs = (): number => performance.now() - start;
  const sent = new Map<number, number[]>();
  const logins: FeedTruth['logins'][number][] = [];
  const answers: SentAnswer[] = [];
  const happened = new Set<number>();
  const sockets = new Set<net.Socket>();
  let strangeAnswers = 0;
  let active: Consumer | null = null;
  let timer: NodeJS.Timeout | undefined;
  /** How far the next login is answered from what it asks for; happens once. */
  let shift = 0;

  /** Sends what is due, from a sequence on, for as long as the consumer stays. */
  const play = async (consumer: Consumer, from: number): Promise<void> => {
    for (let sequence = from; sequence <= plan.length; sequence += 1) {
      const message = plan[sequence - 1]!;
      const waitMs = message.sendAtMs - nowMs();
      if (waitMs > 0) await new Promise((resolve) => (timer = setTimeout(resolve, waitMs)));
      if (active !== consumer) return;
      const disruption = happened.has(sequence) ? null : message.disruption;
      happened.add(sequence);
      if (disruption === 'gap') shift = message.span;
      if (disruption === 'regress') shift = -message.span;
      sent.set(sequence, [...(sent.get(sequence) ?? []), nowMs()]);
      if (!(await consumer.send(message, disruption))) return;
    }
    if (ends) consumer.endSession();
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
    const asked = sequence > plan.length + 1 ? 1 : Math.max(1, sequence);
    const first = Math.min(Math.max(1, asked + shift), plan.length + 1);
    // Going back to the first message would be another session under the same name.
    const answered = shift < 0 && first === 1 ? asked : first;
    shift = 0;
    active = consumer;
    logins.push({ atMs: nowMs(), wanted: sequence, answered });
    consumer.accept(session, answered);
    void play(consumer, answered);
  };

  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveConsumer(
      socket,
      { heartbeatMs, silenceMs },
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
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: request.port ?? 0, host: '127.0.0.1' }, resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    truth: () => ({ session, plan, sent, logins, answers, strangeAnswers }),
    disconnect: () => active?.destroy(),
    async close() {
      clearTimeout(timer);
      active = null;
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

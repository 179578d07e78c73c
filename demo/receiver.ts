/**
 * The other side of what leaves: a repository that logs in clients, judges what they send and answers it, and that can be
 * told to behave badly. A session is whatever a client calls it; each has answers of its own.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { OutboundAnswer } from '../contracts/outbound.ts';
import type { LoginRequest } from '../domain/feeds/packets.ts';
import { readOutgoing } from '../domain/outbound/message-packet.ts';
import type { Consumer } from './feed/consumer.ts';
import { listenForConsumers } from './feed/listen.ts';
import { GOOD_MANNERS, openAnswerStream, type AnswerStream, type Manners } from './receiver/answer-stream.ts';
import { createRepository, type RepositoryRequest, type TakenMessage } from './receiver/repository.ts';

export type ReceiverRequest = RepositoryRequest & {
  /** On 127.0.0.1; 0 or absent: any free one. */
  readonly port?: number;
  /** Absent: everybody may log in. */
  readonly credentials?: { readonly user: string; readonly password: string };
  readonly heartbeatMs?: number;
  /** How long a client may say nothing. */
  readonly silenceMs?: number;
  /** How long a message may wait for the beginning of its swap. */
  readonly settleMs?: number;
  /**
   * Where what came is kept before it is answered, a line of JSON each: the next start gives every session the same
   * answers under the same numbers. For a receiver with good manners; absent: nowhere.
   */
  readonly stateFile?: string;
};

export type ReceiverTruth = {
  readonly messages: ReadonlyMap<string, TakenMessage>;
  /** Messages that came again, each time counted. */
  readonly repeats: number;
  /** Files whose end came, with what was said of them. */
  readonly files: readonly { readonly file: string; readonly verdict: string }[];
  readonly logins: readonly { readonly session: string; readonly wanted: number }[];
  /** What came and is neither a message nor the end of a file. */
  readonly unreadable: number;
};

export type Receiver = {
  readonly port: number;
  readonly truth: () => ReceiverTruth;
  /** Changes its manners; what it kept back while it stalled it takes up now. */
  readonly behave: (manners: Partial<Manners>) => void;
  /** Gives the verdicts that it kept back. */
  readonly release: () => void;
  /** Says something out of the blue, in every session. */
  readonly say: (answer: OutboundAnswer) => void;
  /** Cuts all connections. */
  readonly disconnect: () => void;
  readonly close: () => Promise<void>;
};

/** What came in a session, or that those which waited for the beginning of their swap were refused. */
type KeptLine = { readonly session: string; readonly packet: string } | { readonly settled: true };

const SETTLE_MS = 2000;

/** @throws the error of the system when the port cannot be had */
export async function startReceiver(request: ReceiverRequest = {}): Promise<Receiver> {
  const { heartbeatMs = 1000, silenceMs = 15_000, settleMs = SETTLE_MS, credentials, stateFile } = request;
  const repository = createRepository(request);
  const streams = new Map<string, AnswerStream>();
  const streamOf = new Map<Consumer, AnswerStream>();
  const files: ReceiverTruth['files'][number][] = [];
  const logins: ReceiverTruth['logins'][number][] = [];
  /** Sessions of messages that wait for the beginning of their swap. */
  const sessions = new Map<string, string>();
  let manners = GOOD_MANNERS;
  let stalled: { readonly stream: AnswerStream; readonly bytes: Uint8Array }[] = [];
  let unreadable = 0;
  let heard = 0;
  let settling: NodeJS.Timeout | undefined;

  const keep = (line: KeptLine): void => {
    if (stateFile !== undefined) appendFileSync(stateFile, `${JSON.stringify(line)}\n`);
  };

  /** Gives each answer in the session in which its message came; of old ones in that of whoever asks. */
  const give = (answers: readonly OutboundAnswer[], stream: AnswerStream): void => {
    for (const [session, own] of Map.groupBy(
      answers,
      ({ subject }) => sessions.get(subject ?? '') ?? stream.session,
    ))
      (streams.get(session) ?? stream).give(own);
  };

  const settle = (): void => {
    clearTimeout(settling);
    settling = undefined;
    const [stream] = streams.values();
    if (stream !== undefined) give(repository.settle(), stream);
  };

  const hear = (bytes: Uint8Array, stream: AnswerStream): void => {
    const read = readOutgoing(bytes);
    if (read.kind === 'unreadable') {
      unreadable += 1;
      return;
    }
    if (read.kind === 'end') {
      const answer = repository.end(read.end);
      files.push({ file: read.end.file, verdict: answer.verdict! });
      return stream.give([answer]);
    }
    const { message } = read;
    sessions.set(message.message, stream.session);
    give(repository.take(message), stream);
    if (repository.messages().get(message.message)!.verdict === 'waiting')
      settling ??= setTimeout(() => {
        keep({ settled: true });
        settle();
      }, settleMs);
  };

  const streamFrom = (session: string, first: number): AnswerStream => {
    const stream = streams.get(session) ?? openAnswerStream(session, first, () => manners);
    streams.set(session, stream);
    return stream;
  };

  for (const line of readKept(stateFile)) {
    if ('settled' in line) settle();
    else hear(Buffer.from(line.packet), streamFrom(line.session, 1));
  }

  const keepAndHear = (bytes: Uint8Array, stream: AnswerStream): void => {
    keep({ session: stream.session, packet: Buffer.from(bytes).toString() });
    hear(bytes, stream);
  };

  const login = ({ user, password, session, sequence }: LoginRequest, consumer: Consumer): void => {
    if (credentials && (user !== credentials.user || password !== credentials.password))
      return consumer.reject('A');
    if (session === '') return consumer.reject('S');
    const wanted = Math.max(1, sequence);
    const stream = streamFrom(session, wanted);
    if (stream.consumer !== null) return consumer.reject('B');
    streamOf.set(consumer, stream);
    logins.push({ session, wanted });
    consumer.accept(session, stream.attach(consumer, wanted));
    stream.give([]);
  };

  const leave = (consumer: Consumer): void => {
    streamOf.get(consumer)?.detach(consumer);
    streamOf.delete(consumer);
  };

  const server = await listenForConsumers(
    { port: request.port ?? 0, heartbeatMs, silenceMs },
    {
      login,
      told: (bytes, consumer) => {
        const stream = streamOf.get(consumer);
        if (stream === undefined) return;
        if (manners.stalls) stalled.push({ stream, bytes });
        else keepAndHear(bytes, stream);
        heard += 1;
        if (manners.disconnectEvery === null || heard % manners.disconnectEvery !== 0) return;
        // What stands behind it on the wire is lost.
        leave(consumer);
        consumer.destroy();
      },
      left: leave,
    },
  );

  return {
    port: server.port,
    truth: () => ({
      messages: repository.messages(),
      repeats: [...repository.messages().values()].reduce((sum, { times }) => sum + times - 1, 0),
      files,
      logins,
      unreadable,
    }),
    behave(changed) {
      manners = { ...manners, ...changed };
      if (manners.stalls) return;
      const waiting = stalled;
      stalled = [];
      for (const { stream, bytes } of waiting) keepAndHear(bytes, stream);
    },
    release: () => streams.forEach((stream) => stream.release()),
    say: (answer) => streams.forEach((stream) => stream.give([answer])),
    disconnect: () => [...streamOf.keys()].forEach((consumer) => consumer.destroy()),
    async close() {
      clearTimeout(settling);
      streams.forEach((stream) => stream.close());
      await server.close();
    },
  };
}

/** A line that a kill cut off was not answered: it is as if it had not come. */
function readKept(stateFile: string | undefined): KeptLine[] {
  if (stateFile === undefined || !existsSync(stateFile)) return [];
  return readFileSync(stateFile, 'utf8')
    .split('\n')
    .slice(0, -1)
    .flatMap((text) => {
      const line = JSON.parse(text) as Partial<Record<'session' | 'packet' | 'settled', unknown>>;
      return 'settled' in line || 'session' in line ? [line as KeptLine] : [];
    });
}

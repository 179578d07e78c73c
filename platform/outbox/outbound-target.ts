/**
 * A target as deliveries see it, whatever carries messages to it: records or whole files go out, answers come back, each
 * with the place behind which reading can go on.
 */
import type { ErrorFacts } from '../../contracts/errors.ts';
import type { AnswerFileNote, OutboundAnswer } from '../../contracts/outbound.ts';

export type ReceivedAnswer = {
  /** Of a session its name and the sequence number in it; of a folder the file of answers, with its generation, and the line. */
  readonly session: string;
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** The bytes as they came, whatever they are. */
  readonly bytes: Uint8Array;
  readonly answer: OutboundAnswer;
};

/** A file that leaves, as it was written. */
export type OutgoingFile = {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly rowCount: number;
  /** In hex. */
  readonly sha256: string;
  /** Records that were sent of it. */
  readonly sent: number;
  /** How often it is to be handed over: the same round twice is one. */
  readonly round: number;
};

export type LinkStatus = {
  readonly isConnected: boolean;
  /** How often it was connected: what was sent before may not have come. */
  readonly connections: number;
  /** Why it is not connected; null while it is. */
  readonly problem: ErrorFacts | null;
};

export type OutboundLink = {
  /**
   * Sends messages, one packet each; where files are taken as a whole they go with their file.
   * @returns how many were handed over; fewer when the connection is lost, 0 when there is none
   */
  send(messages: readonly Uint8Array[]): Promise<number>;
  /**
   * Says that all of a file was sent, or hands over the file where files are taken as a whole. Safe to repeat.
   * @returns false when there is no connection
   * @throws TainError outbound.unwritable, outbox.changed, outbox.vanished
   */
  finish(file: OutgoingFile): Promise<boolean>;
  /**
   * The next answers, none when none came in time. One read at a time.
   * @throws TainError outbound.stopped when it will not connect again without somebody's decision; outbound.unreachable when
   *   another link has to be opened
   */
  read(request: { readonly max: number; readonly waitMs: number }): Promise<readonly ReceivedAnswer[]>;
  status(): LinkStatus;
  close(): Promise<void>;
};

/** Where is kept how much of the files of answers of a target was read. */
export type AnswerFileNotes = {
  list(): Promise<ReadonlyMap<string, AnswerFileNote>>;
  /** Notes what is going to be read. @returns false when somebody else has noted something meanwhile */
  begin(name: string, before: AnswerFileNote | null, note: AnswerFileNote): Promise<boolean>;
  /** Notes that all of it is stored, unless more was begun since. */
  end(name: string, note: AnswerFileNote): Promise<void>;
};

export type LinkRequest = {
  /** Ten printable characters at most. */
  readonly session: string;
  /** The next answer of it that is wanted, from 1. */
  readonly nextAnswer: number;
  /** Told of answers that the other side does not have any more; it must not throw. */
  readonly onProblem: (problem: ErrorFacts) => void;
  /** Of a folder with answers. */
  readonly answerFiles: AnswerFileNotes;
};

export type OutboundTarget = {
  readonly name: string;
  /** Are records sent one by one, or files as a whole? */
  readonly takes: 'records' | 'files';
  readonly answerMs: number;
  open(request: LinkRequest): OutboundLink;
};

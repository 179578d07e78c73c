/** What leaves for a repository and what it answers: the states of messages, days and deliveries. Free of zod. */
import type { ErrorFacts } from './errors.ts';
import type { Issue } from './issues.ts';

/** We report for counterparties, or we are the repository that they report to. */
export const REPORTING_ROLES = ['reporter', 'repository'] as const;
export type ReportingRole = (typeof REPORTING_ROLES)[number];

/**
 * `held`: an earlier message of its swap was refused; `resubmitted`: refused, and another one has taken its place;
 * `withdrawn`: refused or held, and by somebody's word nothing takes its place.
 * What the repository knows of a swap are its acknowledged messages.
 */
export const MESSAGE_STATES = [
  ...(['held', 'pending', 'sent', 'acknowledged', 'refused'] as const),
  ...(['resubmitted', 'withdrawn'] as const),
] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/**
 * `open` waits for inputs; `cut` has its events; `reported` has its files; `delivering` waits for answers; `nil` had
 * nothing to report, by somebody's word; `incomplete` owes something that is not there.
 */
export const DAY_STATES = ['open', 'cut', 'reported', 'delivering', 'closed', 'nil', 'incomplete'] as const;
export type DayState = (typeof DAY_STATES)[number];

/**
 * The way of a file to a target. `sent` has its last record on the socket, or its file in the folder; `silent`: nothing
 * has come back for longer than the target may take; `failed` needs somebody; `given-up` was ended by somebody's word.
 */
export const DELIVERY_STATES = [
  'waiting',
  'sending',
  'sent',
  'silent',
  'answered',
  'failed',
  'given-up',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Three different answers: received by the session, on a file as a whole, on a record. */
export const ANSWER_KINDS = ['receipt', 'file', 'record', 'unreadable'] as const;
export const ANSWER_VERDICTS = ['received', 'accepted', 'refused'] as const;

/**
 * What an answer did. `contradicts`: a verdict came before that says the opposite, and stands; `unknown`: it is of nothing
 * that was sent, or cannot be read.
 */
export const ANSWER_EFFECTS = ['applied', 'repeated', 'contradicts', 'unknown'] as const;
export type AnswerEffect = (typeof ANSWER_EFFECTS)[number];

/** An answer of a repository. The subject is the id of a message, or the name of a file. */
export type OutboundAnswer =
  | {
      readonly kind: 'receipt';
      readonly subject: string;
      readonly verdict: 'received';
      readonly issues: readonly [];
    }
  | {
      readonly kind: 'file' | 'record';
      readonly subject: string;
      readonly verdict: 'accepted' | 'refused';
      readonly issues: readonly Issue[];
    }
  | {
      readonly kind: 'unreadable';
      readonly subject: null;
      readonly verdict: null;
      readonly issues: readonly [];
    };

export type DeliveryInput = { readonly deliveryId: string };

/** How a delivery came to its end. Figures are records of its file. */
export type DeliveryEnd = {
  readonly state: 'answered' | 'failed' | 'given-up';
  readonly problem: ErrorFacts | null;
  readonly sent: number;
  readonly acknowledged: number;
  readonly refused: number;
};

/** The answer to the progress query of a delivery. */
export type DeliveryProgress = {
  readonly deliveryId: string;
  readonly stage: 'sending' | DeliveryEnd['state'];
  readonly problem: ErrorFacts | null;
};

export type OutboundLiveInput = { readonly target: string };

/** Name of the signal that says: look again at what is to be sent. */
export const OUTBOUND_LOOK = 'look';

/** How an activity that sent at once came to its end; `removed`: the target takes nothing at once any more. */
export type OutboundLiveEnd = { readonly ended: 'handed-over' | 'removed'; readonly sent: number };

/** The answer to the progress query of what leaves at once. */
export type OutboundLiveProgress = {
  readonly target: string;
  /** Why it has stopped until it is looked at again. */
  readonly problem: ErrorFacts | null;
  /** Activities since the workflow began or went on as new. */
  readonly runs: number;
};

/** Name of the session of what leaves at once. Those of deliveries begin with "D". */
export const LIVE_SESSION = 'LIVE43';

/** How much of a file of answers was or is being read. */
export type AnswerFileNote = {
  /** From 1; another file under the same name is the next one. */
  readonly generation: number;
  /** Size and time of the file then. */
  readonly version: string;
  readonly sizeBytes: number;
  /** Lines in those bytes, the header among them. */
  readonly lineCount: number;
  /** Of those bytes, in hex. */
  readonly sha256: string;
  /** Are the answers of all lines stored? */
  readonly isRead: boolean;
};

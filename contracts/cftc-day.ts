/** What a CFTC day takes and says. Free of zod: the workflow imports it. */
import type { Actor } from './audit.ts';
import type { ErrorFacts } from './errors.ts';
import type { DayState } from './outbound.ts';

export type CftcDayInput = {
  /** YYYY-MM-DD. */
  readonly date: string;
  /** Who wants the day; the opener, or somebody. */
  readonly by: Actor;
  /** Why a date that is no business day is run. */
  readonly reason?: string;
};

/** Names of the updates of a day. Each returns the day's state from then on. */
export const DAY_UPDATES = { waive: 'waive', close: 'close', reopen: 'reopen' } as const;

export type DayOperation = keyof typeof DAY_UPDATES;

/** By whom and why a day is closed or opened again. */
export type DayChange = { readonly by: Actor; readonly reason: string };

/** An input that is not waited for. */
export type DayWaiver = DayChange & { readonly name: string };

/** What a day is doing, in the order in which it does it. */
export const DAY_STEPS = ['inputs', 'cut', 'stragglers', 'messages', 'files', 'delivery', 'answers'] as const;
export type DayStep = (typeof DAY_STEPS)[number];

/** What a wait came to. */
export type DayWait = {
  readonly done: boolean;
  /** What is waited for, in a few words each. */
  readonly waiting: readonly string[];
};

/** Messages of a day, and the events that they were made of. */
export type DayCounts = {
  readonly accepted: number;
  readonly applied: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly pending: number;
  readonly violated: number;
  /** Events of earlier days that waited and are applied by now. */
  readonly settled: number;
  readonly messages: number;
  /** Applied events that the other party reports: applied + settled = messages + otherReports. */
  readonly otherReports: number;
};

/** Where a day stands in Postgres. */
export type DayStand = {
  readonly state: DayState;
  readonly version: number;
  /** Are the messages of all events of its cut there? */
  readonly messagesCut: boolean;
  /** Null before the cut. */
  readonly counts: DayCounts | null;
  readonly problem: ErrorFacts | null;
};

/** The answer to the day's progress query. */
export type DayProgress = {
  readonly date: string;
  readonly state: DayState | null;
  readonly version: number | null;
  /** What it is at; null while it waits for somebody, and at its end. */
  readonly step: DayStep | null;
  readonly waiting: readonly string[];
  readonly counts: DayCounts | null;
  readonly files: number;
  readonly deliveries: number;
  readonly problem: ErrorFacts | null;
};

/** Dates that the opener opened. */
export type OpenedDays = { readonly dates: readonly string[] };

/** What can keep a day from going on. */
export type DayBlock =
  | 'input-waiting'
  | 'input-waiting-without-end'
  | 'day-before'
  | 'file-applying'
  | 'not-sent'
  | 'decision'
  | 'held'
  | 'unsent'
  | 'unanswered';

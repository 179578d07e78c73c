/** The watch over what needs a person, and what it tells others of. Free of zod. */
import type { ExceptionCause, ExceptionKind } from './exceptions.ts';

/** Result of one watching activity, and the answer to the progress query. */
export type WatchCycle = {
  readonly looks: number;
  /** What needed a person at the last look. */
  readonly present: number;
  /** Alerts that the other side took. */
  readonly alerts: number;
  readonly failedAlerts: number;
};

/** A cause came, there is much more of it, or it went by itself. */
export type AlertEvent = 'come' | 'more' | 'gone';

/** A cause is told again when there is `times` as much of it as was told last, and that is `afterMs` ago: limits of ours. */
export const TOLD_AGAIN = { times: 2, afterMs: 60 * 60 * 1000 } as const;

/** What is posted to TAIN_ALERT_URL, as JSON. */
export type Alert = Pick<ExceptionCause, 'key' | 'count'> & {
  /** `store-down` is told by whoever cannot reach a store: it may be the one that all others stand in. */
  readonly kind: ExceptionKind | 'store-down';
  /** The same however often it is sent: whoever has seen it can drop it. */
  readonly id: string;
  readonly event: AlertEvent;
  /** ISO 8601, UTC: when it came or went; of more of it, when it was seen. */
  readonly at: string;
  readonly deadline: string | null;
  readonly title: Readonly<Record<'en' | 'ko', string>>;
  readonly remedy: Readonly<Record<'en' | 'ko', string>>;
  /** Paths of the API that show it. */
  readonly links: readonly string[];
};

/** @param telling which one of "more" it is, from 1 */
export const alertId = (key: string, appearance: number, event: AlertEvent, telling: number): string =>
  `${key}#${appearance}:${event}${event === 'more' ? telling : ''}`;

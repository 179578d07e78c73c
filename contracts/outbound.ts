/** What leaves for a repository and what it answers: the states of messages, days and deliveries. Free of zod. */

/** We report for counterparties, or we are the repository that they report to. */
export const REPORTING_ROLES = ['reporter', 'repository'] as const;
export type ReportingRole = (typeof REPORTING_ROLES)[number];

/**
 * `held`: an earlier message of its swap was refused; `resubmitted`: refused, and another one has taken its place.
 * What the repository knows of a swap are its acknowledged messages.
 */
export const MESSAGE_STATES = ['held', 'pending', 'sent', 'acknowledged', 'refused', 'resubmitted'] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/**
 * `open` waits for inputs; `cut` has its events; `reported` has its files; `delivering` waits for answers; `nil` had
 * nothing to report, by somebody's word; `incomplete` owes something that is not there.
 */
export const DAY_STATES = ['open', 'cut', 'reported', 'delivering', 'closed', 'nil', 'incomplete'] as const;
export type DayState = (typeof DAY_STATES)[number];

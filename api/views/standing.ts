/** How a swap stands with the repository, as a trace shows it. */
import type { TraceView } from '../../contracts/trace.schema.ts';
import type { Standing } from '../../db/trace-standing.ts';
import { compareStanding } from '../../domain/desk/standing.ts';

/** States in which the clock of a message runs. */
const OPEN_STATES = ['held', 'pending', 'sent', 'refused'];

/** Differences and messages that a screen shows. */
const SHOWN = 20;

/** @param now an instant in milliseconds */
export function viewStanding(
  key: string,
  { known, reported, acknowledged, messages }: Standing,
  now: number,
): NonNullable<TraceView['standing']> {
  const differences = compareStanding(reported, known);
  return {
    key,
    asReported: reported?.status ?? 'none',
    asKnown: known.status,
    acknowledged,
    differences: differences.slice(0, SHOWN),
    moreDifferences: Math.max(0, differences.length - SHOWN),
    // The last ones, where there are many: what is open stands at the end.
    messages: messages.slice(-SHOWN).map((message) => ({
      id: message.id,
      part: message.part,
      action: message.action,
      attempt: message.attempt,
      state: message.state,
      heldBy: message.heldBy,
      resubmits: message.resubmits,
      resubmittedBy: message.resubmittedBy,
      dueAt: message.dueAt?.toISOString() ?? null,
      secondsLeft:
        message.dueAt !== null && OPEN_STATES.includes(message.state)
          ? Math.floor((message.dueAt.getTime() - now) / 1000)
          : null,
      answeredAt: message.answeredAt?.toISOString() ?? null,
    })),
    earlierMessages: Math.max(0, messages.length - SHOWN),
  };
}

/** The pair of action (#26) and event (#27) of one message. It needs no other record, so that intake can judge it. */
import {
  allowedEvents,
  isActionType,
  isAllowed,
  isEventType,
  isWithoutEvent,
  pairOf,
  type Part,
} from './action-events.ts';
import { finding, type Finding } from './findings.ts';

/**
 * Judges the pair of a message.
 * Source: CFTC technical specification v3.2, appendix F, table 7 and footnote 106.
 * @param event null when #27 is blank
 * @param part the part that the message is reported under; null judges what every part has in common
 * @returns null when nothing is wrong, and for codes that do not exist: the check of the code lists names those
 */
export function checkPair(action: string, event: string | null, part: Part | null): Finding | null {
  if (!isActionType(action)) return null;
  if (event === null) {
    if (isWithoutEvent(action)) return null;
    return finding('sequence.event-missing', {
      action,
      allowed: allowedEvents(action, part ?? 45).join(', '),
    });
  }
  if (isWithoutEvent(action)) return finding('sequence.event-blank', { action });
  if (!isEventType(event)) return null;
  const { evidence } = pairOf(action, event)!;
  if (!isAllowed(action, event, 45)) {
    return finding('sequence.pair', { action, allowed: allowedEvents(action, 45).join(', '), evidence });
  }
  if (part === 43 && !isAllowed(action, event, 43)) {
    const allowed = allowedEvents(action, 43).join(', ') || '-';
    return finding('sequence.pair-part-43', { action, allowed, evidence });
  }
  return null;
}

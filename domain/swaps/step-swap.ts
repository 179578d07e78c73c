/** One event of a swap: what it makes of the state, or which rules it breaks. */
import {
  ACTION_TYPES,
  EVENT_TYPES,
  isActionType,
  isEndOfDay,
  isEventType,
  type ActionType,
  type EventType,
} from '../cftc/action-events.ts';
import { checkPair } from '../cftc/check-pair.ts';
import { elementByNumber } from '../cftc/elements.ts';
import { finding, type Finding } from '../cftc/findings.ts';
import { acceptedActions, transitionOf, type SwapStatus } from '../cftc/swap-states.ts';
import { canonicalForms, selectCanonical } from './record-content.ts';
import type { SequenceFinding } from './sequence-finding.ts';
import { disseminationOf, type Dissemination } from './swap-dissemination.ts';
import type { SwapEvent } from './swap-event.ts';
import { leavesLinkBlank, linksAfter } from './swap-links.ts';
import { statusAt, type DailyReport, type SwapState } from './swap-state.ts';
import { changesBetween, contradictions, termsOf, type TermChange, type Terms } from './swap-terms.ts';

export type Step =
  /** `warnings` did not keep the event from being applied. */
  | {
      readonly kind: 'applied';
      readonly state: SwapState;
      readonly warnings: readonly SequenceFinding[];
      readonly dissemination: Dissemination;
    }
  /** Nothing is known of the swap yet: the message that begins it may still come, or have come before. */
  | { readonly kind: 'pending'; readonly findings: readonly SequenceFinding[] }
  | { readonly kind: 'violated'; readonly findings: readonly SequenceFinding[] };

/** Actions that state the terms in full. */
const RESTATING: ReadonlySet<string> = new Set(['NEWT', 'MODI', 'CORR']);
/** Actions whose terms, where they are reported, must be those in force. */
const KEEPING: ReadonlySet<string> = new Set(['TERM', 'PRTO', 'EROR', 'REVI']);

const about = (found: Finding, element: string | null, value: string | null): SequenceFinding => ({
  ...found,
  element,
  value,
});

/**
 * The pure step of the lifecycle: a swap's state and its next event give the next state, or what is wrong. Rules of the
 * specification keep an event out, the others let it in with a warning. Never throws, whatever the event says.
 */
export function stepSwap(state: SwapState, event: SwapEvent): Step {
  const { action } = event;
  if (!isActionType(action)) return unknownCode('26', action, ACTION_TYPES);
  if (event.event !== null && !isEventType(event.event)) return unknownCode('27', event.event, EVENT_TYPES);
  const eventType = event.event;
  const status = statusAt(state, event.eventTimestamp);
  const pair = checkPair(action, event.event, event.part);
  const errors = pair === null ? [] : [about(pair, '27', event.event)];

  const transition = transitionOf(status, action, eventType, 45);
  if (transition === null) {
    if (status === 'none' && errors.length === 0) {
      return {
        kind: 'pending',
        findings: [about(finding('sequence.prior-missing', { action }), '26', action)],
      };
    }
    if (status !== 'none') errors.push(about(refusal(status, action), '26', action));
    return { kind: 'violated', findings: errors };
  }
  const stated = termsOf(event.values);
  errors.push(...checkExecution(state, event), ...checkKept(state, action, stated));
  const warnings = errors.filter(({ severity }) => severity !== 'error');
  if (warnings.length < errors.length) return { kind: 'violated', findings: errors };

  const next = apply(state, event, stated, transition.to === 'same' ? state.status : transition.to);
  warnings.push(...checkPart43(status, action, eventType, event), ...checkChange(state, next, event));
  const dissemination = disseminationOf({ ...event, action, event: eventType }, state);
  const first = state.publication.first ?? (dissemination.outcome === 'public' ? event.place : null);
  const begunBy = action === 'NEWT' ? event.event : state.publication.begunBy;
  return { kind: 'applied', state: { ...next, publication: { first, begunBy } }, warnings, dissemination };
}

/** Intake refuses such a record; the fold has to stand it. */
function unknownCode(element: string, code: string, codes: readonly string[]): Step {
  const found = finding('code.unknown', { allowed: codes.join(', ') });
  return { kind: 'violated', findings: [about(found, element, code)] };
}

function refusal(status: SwapStatus, action: ActionType): Finding {
  if (status === 'errored') return finding('sequence.errored');
  if (status === 'transferred-out') return finding('sequence.transferred-out');
  if (action === 'NEWT') return finding('sequence.new-known', { state: status });
  return finding('sequence.action-in-state', {
    state: status,
    allowed: acceptedActions(status, 45).join(', '),
  });
}

/**
 * A message with an execution timestamp of its own is compared with that at intake. Reports at the end of a day have no
 * event: the margin of the day of the trade is reported as of its 00:00:00.
 */
function checkExecution(
  { executionTimestamp: execution }: SwapState,
  { action, eventTimestamp, executionTimestamp }: SwapEvent,
): SequenceFinding[] {
  if (isEndOfDay(action) || execution === null || executionTimestamp !== null || eventTimestamp === null)
    return [];
  if (eventTimestamp >= execution) return [];
  return [about(finding('sequence.event-before-execution', { execution }), '30', eventTimestamp)];
}

function checkKept({ terms }: SwapState, action: ActionType, stated: Terms): SequenceFinding[] {
  if (!KEEPING.has(action)) return [];
  return contradictions(terms, stated).map(({ element, was, now }) => {
    const found =
      action === 'REVI'
        ? finding('sequence.revival-changes-terms', { was })
        : finding('sequence.terms-changed', { action, was });
    return about(found, element.number, now);
  });
}

/** Unknown to the table of part 43, which is not the source's: said, and not enforced. */
function checkPart43(
  status: SwapStatus,
  action: ActionType,
  eventType: EventType | null,
  { part }: SwapEvent,
): SequenceFinding[] {
  if (part !== 43 || transitionOf(status, action, eventType, 43) !== null) return [];
  const allowed = acceptedActions(status, 43).join(', ');
  return [about(finding('sequence.action-part-43', { state: status, allowed }), '26', action)];
}

function checkChange(before: SwapState, after: SwapState, event: SwapEvent): SequenceFinding[] {
  const { action, amendment } = event;
  if (action !== 'MODI' && action !== 'CORR') return [];
  const changes = changesBetween(before.terms, after.terms);
  if (changes.length === 0 && before.links === after.links) {
    if (leavesLinkBlank(before.links, event.values)) return [];
    return [about(finding('sequence.nothing-changed', { action }), '26', action)];
  }
  // What was missing may be added without an amendment; what was agreed may not be changed without one.
  const agreed = changes.find(({ was, now }) => was !== '' && now !== '');
  if (action === 'CORR' || event.event !== 'TRAD' || amendment !== false || !agreed) return [];
  return [about(finding('sequence.amendment-expected', inWords(agreed)), '28', 'False')];
}

const inWords = ({ element, was, now }: TermChange) => ({ element: element.number, was, now });

function apply(
  state: SwapState,
  event: SwapEvent,
  stated: Terms,
  target: SwapStatus | 'restored',
): SwapState {
  const { action, values, executionTimestamp } = event;
  const restates = RESTATING.has(action);
  return {
    ...state,
    status: target === 'restored' ? (state.beforeError ?? 'open') : target,
    beforeError: action === 'EROR' ? state.status : null,
    terms: restates ? stated : state.terms,
    executionTimestamp: restates
      ? (executionTimestamp ?? state.executionTimestamp)
      : state.executionTimestamp,
    links: linksAfter(state.links, values),
    valuation: action === 'VALU' ? laterReport(state.valuation, event, 'Valuation', '113') : state.valuation,
    margin:
      action === 'MARU' ? laterReport(state.margin, event, 'Collateral and margins', '30') : state.margin,
  };
}

/** Groups of elements that daily messages report. */
export type ReportGroup = 'Valuation' | 'Collateral and margins';

/**
 * The latest of two reports of a value: the one for the later time, and of those for the same time the one that is
 * folded later, which replaces the other.
 * @param number the element with the time that the value holds for
 */
export function laterReport(
  known: DailyReport | null,
  { values, place }: SwapEvent,
  group: ReportGroup,
  number: string,
): DailyReport | null {
  const time = values[elementByNumber.get(number)!.key];
  const asOf = typeof time === 'string' ? time : '';
  if (known !== null && known.asOf > asOf) return known;
  return { asOf, values: selectCanonical(values, REPORT_FORMS[group]), place };
}

/** The elements of a group, and the portfolio codes, which valuations carry too. */
const formsOfReport = (group: ReportGroup) =>
  canonicalForms(({ number, group: own }) => own === group || number === '116' || number === '124');

const REPORT_FORMS = {
  Valuation: formsOfReport('Valuation'),
  'Collateral and margins': formsOfReport('Collateral and margins'),
};

/** Feeds and their messages as the API shows them, with their words in the language of the answer. */
import { isUtf8 } from 'node:buffer';
import { isErrorCode, type ErrorParams } from '../../contracts/errors.ts';
import type { FeedDetail, FeedShownState, FeedView, MessageView } from '../../contracts/feeds.schema.ts';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import { describeError } from '../../contracts/texts/describe.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import type {
  FeedGapRow,
  FeedOverviewRow,
  JournalMessageRow,
  LatencyRow,
  RecentVerdicts,
} from '../../db/feed-views.ts';
import { labelOf } from '../../db/feeds.ts';
import { explainIssue } from '../../domain/cftc/explain-issue.ts';
import { LATENCY_BOUNDS_MS, percentileOf, totalOf } from '../../domain/feeds/latency.ts';

/** A reader says once a second how it is doing; one that has said nothing for this long is not there. */
const UNATTENDED_MS = 10_000;
/** Between two sessions there is none, and the next one looks for a session some seconds later. */
const UNATTENDED_BETWEEN_MS = 60_000;

/** States whose reader says what is the matter; one that is connected may be slow. */
const TROUBLED: readonly FeedShownState[] = ['waiting', 'connecting', 'connected', 'stopped'];
const UNREAD: readonly FeedShownState[] = ['paused', 'stopped', 'removed', 'unattended'];

/** What is wanted goes before what was last said, which can be old: only `stopped` stands until somebody decides. */
export function shownState({
  wanted,
  state,
  age_ms,
}: Pick<FeedOverviewRow, 'wanted' | 'state' | 'age_ms'>): FeedShownState {
  if (wanted !== 'running') return wanted;
  if (state === 'stopped') return state;
  const limitMs = state === 'ended' ? UNATTENDED_BETWEEN_MS : UNATTENDED_MS;
  if (state === null || age_ms === null || age_ms < 0 || age_ms > limitMs) return 'unattended';
  // It was resumed, and its reader has not said so yet.
  return state === 'paused' ? 'connecting' : state;
}

export function viewFeed(row: FeedOverviewRow, language: Language): FeedView {
  const state = shownState(row);
  const isRead = !UNREAD.includes(state) && row.lag_messages !== null;
  return {
    name: row.feed,
    state,
    wanted: {
      state: row.wanted,
      reason: row.wanted_reason,
      by: row.wanted_by,
      since: row.wanted_at.toISOString(),
    },
    session: labelOf(row),
    sessionEnded: row.session_ended,
    next: row.next_sequence,
    nextAnswer: row.next_answer,
    journalled: row.next_sequence - 1 - row.missing_in_session,
    lag: isRead ? { messages: row.lag_messages, ms: row.lag_ms ?? 0 } : null,
    latency: { p50Ms: row.p50_ms, p99Ms: row.p99_ms },
    rate: isRead ? (row.rate ?? 0) : 0,
    gaps: { open: row.open_gaps, missing: row.missing },
    problem: TROUBLED.includes(state) ? viewProblem(row, language) : null,
    seenAt: row.seen_at?.toISOString() ?? null,
    seenAgoMs: row.age_ms === null || row.age_ms < 0 ? null : Math.round(row.age_ms),
    workflowId: LIFECYCLES.streamIngest.workflowId(row.feed),
  };
}

function viewProblem(
  {
    problem_code: code,
    problem_params: params,
  }: { readonly problem_code: string | null; readonly problem_params: ErrorParams | null },
  language: Language,
): FeedView['problem'] {
  if (!isErrorCode(code)) return null;
  const { detail, help } = describeError(code, params ?? {}, language);
  return { code, detail, help };
}

export type FeedFindings = {
  readonly row: FeedOverviewRow;
  readonly gaps: readonly FeedGapRow[];
  readonly altered: number;
  readonly recent: RecentVerdicts;
  readonly latencies: readonly LatencyRow[];
};

export function viewFeedDetail(
  { row, gaps, altered, recent, latencies }: FeedFindings,
  language: Language,
): FeedDetail {
  return {
    ...viewFeed(row, language),
    settings: row.settings,
    recent: { messages: recent.accepted + recent.rejected, ...recent },
    altered,
    gapList: gaps.map((gap) => ({
      session: gap.session,
      from: gap.from_sequence,
      to: gap.to_sequence - 1,
      foundAt: gap.found_at.toISOString(),
      filledAt: gap.filled_at?.toISOString() ?? null,
      problem: gap.filled_at === null ? viewProblem(gap, language) : null,
    })),
    latencyByMinute: { boundsMs: [...LATENCY_BOUNDS_MS], minutes: latencies.map(viewMinute) },
  };
}

function viewMinute({ minute, counts, sum_ms: sumMs, max_ms: maxMs }: LatencyRow) {
  const latencies = { counts, sumMs, maxMs };
  return {
    minute: minute.toISOString(),
    messages: totalOf(latencies),
    counts,
    p50Ms: percentileOf(latencies, 0.5) ?? 0,
    p99Ms: percentileOf(latencies, 0.99) ?? 0,
    maxMs,
  };
}

export function viewMessage(row: JournalMessageRow, language: Language): MessageView {
  const isText = isUtf8(row.raw);
  return {
    session: row.session,
    sequence: row.sequence,
    receivedAt: row.received_at.toISOString(),
    committedAt: row.committed_at.toISOString(),
    verdict: row.verdict,
    key: row.record_key,
    issues: (row.issues ?? []).map((issue) => ({ ...issue, message: explainIssue(issue, language) })),
    ruleSetVersion: row.rule_set_version,
    registerVersion: row.register_version,
    raw: row.raw.toString(isText ? 'utf8' : 'base64'),
    encoding: isText ? 'utf8' : 'base64',
  };
}

/** CFTC days as the API shows them, with their words in the language of the answer. */
import { DAY_STEPS, type DayBlock, type DayStep } from '../../contracts/cftc-day.ts';
import type { DayFileList, DayView } from '../../contracts/cftc-day.schema.ts';
import type { ErrorParams } from '../../contracts/errors.ts';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import { MESSAGE_STATES, type DayState, type MessageState } from '../../contracts/outbound.ts';
import { describeBlock } from '../../contracts/texts/describe-days.ts';
import { describeError } from '../../contracts/texts/describe.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import type { DayFindings, DayMessageRow } from '../../db/day-views.ts';
import { countsOf, problemOf } from '../../db/days.ts';
import type { OutboxFileRow } from '../../db/outbox-files.ts';

type Counts = Record<MessageState, number>;

const sumByState = (rows: readonly DayMessageRow[]): Counts =>
  Object.fromEntries(
    MESSAGE_STATES.map((state) => [
      state,
      rows.reduce((sum, row) => sum + (row.state === state ? row.messages : 0), 0),
    ]),
  ) as Counts;

/** The earliest deadline of them. */
function firstOf(rows: readonly DayMessageRow[]): string | null {
  const dues = rows.flatMap(({ next_due: due }) => due ?? []);
  return dues.length === 0 ? null : new Date(Math.min(...dues.map(Number))).toISOString();
}

export function viewDay(findings: DayFindings, language: Language): DayView {
  const { day, version, inputs, messages } = findings;
  const problem = problemOf(day);
  const counts = messages && sumByState(messages);
  const groups = Map.groupBy(messages ?? [], ({ kind, asset_class }) => `${kind} ${asset_class ?? ''}`);
  return {
    date: day.business_date,
    version: day.version,
    state: day.state,
    steps: stepsOf(findings),
    blocking: blocksOf(findings, counts).map(([code, params]) => ({
      code,
      text: describeBlock(code, params, language),
    })),
    problem: problem && {
      code: problem.code,
      detail: describeError(problem.code, problem.params, language).detail,
      help: describeError(problem.code, problem.params, language).help,
    },
    inputs: inputs.map((input) => ({
      name: input.name,
      kind: input.kind,
      expected: input.expected,
      dueAt: input.due_at?.toISOString() ?? null,
      state: input.state,
      waivedBy: input.waived_by,
      waivedReason: input.waived_reason,
    })),
    cutAt: version?.cut_at.toISOString() ?? null,
    counts: version && countsOf(version),
    messages: counts,
    groups: [...groups.values()].map((rows) => ({
      kind: rows[0]!.kind,
      assetClass: rows[0]!.asset_class,
      ...sumByState(rows),
      nextDueAt: firstOf(rows),
    })),
    nextDueAt: firstOf(messages ?? []),
    files: findings.files,
    deliveries: findings.deliveries,
    openedBy: day.opened_by,
    openedAt: day.opened_at.toISOString(),
    closedBy: day.closed_by,
    closedAt: day.closed_at?.toISOString() ?? null,
    closedReason: day.closed_reason,
    workflowId: LIFECYCLES.cftcDay.workflowId(day.business_date),
  };
}

/** The step that a day is at, by its state. */
function stepAt({ day, version, openBefore, inputs, stragglers }: DayFindings): DayStep | null {
  const steps: Record<DayState, DayStep | null> = {
    open: openBefore.length > 0 || inputs.some(({ state }) => state === 'waiting') ? 'inputs' : 'cut',
    cut: stragglers.length > 0 ? 'stragglers' : version?.messages_cut ? 'files' : 'messages',
    incomplete: version === null ? 'cut' : version.messages_cut ? 'files' : 'messages',
    reported: 'delivery',
    delivering: 'answers',
    closed: null,
    nil: null,
  };
  return steps[day.state];
}

function stepsOf(findings: DayFindings): DayView['steps'] {
  const step = stepAt(findings);
  const { state, problem_code: problem } = findings.day;
  const waits = ['open', 'reported', 'delivering', 'incomplete'].includes(state) || problem !== null;
  const at = step === null ? DAY_STEPS.length : DAY_STEPS.indexOf(step);
  return DAY_STEPS.map((name, index) => ({
    name,
    state: index < at ? 'done' : index > at ? 'to-come' : waits && name !== 'cut' ? 'waiting' : 'under-way',
  }));
}

function blocksOf(
  { day, inputs, openBefore, stragglers }: DayFindings,
  counts: Counts | null,
): (readonly [DayBlock, ErrorParams])[] {
  const many = (code: DayBlock, messages: number) => (messages > 0 ? [[code, { messages }] as const] : []);
  switch (day.state) {
    case 'open':
      return [
        ...inputs
          .filter(({ state }) => state === 'waiting')
          .map(({ name, expected, due_at: due }) =>
            due === null
              ? (['input-waiting-without-end', { name, expected }] as const)
              : (['input-waiting', { name, expected, due: due.toISOString() }] as const),
          ),
        ...openBefore.map((date) => ['day-before', { date }] as const),
      ];
    case 'cut':
      return [
        ...stragglers.map((name) => ['file-applying', { name }] as const),
        ...(day.problem_code === 'day.nothing-to-report' ? [['decision', {}] as const] : []),
      ];
    case 'incomplete':
      return [['decision', {}]];
    case 'reported':
      return [['not-sent', {}]];
    case 'delivering':
      return counts === null
        ? []
        : [
            ...many('held', counts.held),
            ...many('unsent', counts.pending),
            ...many('unanswered', counts.sent),
          ];
    case 'closed':
    case 'nil':
      return [];
  }
}

export const viewDayFiles = (
  date: string,
  version: number,
  files: readonly OutboxFileRow[],
): DayFileList => ({
  date,
  version,
  files: files.map((file) => ({
    name: file.name,
    kind: file.kind,
    assetClass: file.asset_class,
    rows: file.row_count,
    sizeBytes: file.size_bytes,
    sha256: file.sha256,
    writtenAt: file.written_at.toISOString(),
    isOutbound: file.is_outbound,
  })),
});

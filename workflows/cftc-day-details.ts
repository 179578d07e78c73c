/** A day as the Temporal UI shows it. */
import type { DayProgress } from '../contracts/cftc-day.ts';
import { TainError } from '../contracts/errors.ts';

/** Where a day stands, in Markdown. */
export function describeDay({
  date,
  state,
  version,
  step,
  waiting,
  counts,
  files,
  problem,
}: DayProgress): string {
  const lines = [
    `Day **${date}**, version ${version ?? '-'}: **${state ?? 'begins'}**${step ? `, at ${step}` : ''}`,
  ];
  if (waiting.length > 0) lines.push(`Waits for ${waiting.join(', ')}.`);
  if (counts)
    lines.push(
      `Accepted **${counts.accepted}** = applied **${counts.applied}** + duplicate ${counts.duplicate} + conflict ` +
        `${counts.conflict} + pending ${counts.pending} + violated ${counts.violated}; applied and settled ` +
        `${counts.settled} = messages **${counts.messages}** + reported by others ${counts.otherReports}.`,
    );
  if (files > 0) lines.push(`**${files}** files.`);
  if (problem) lines.push(`${problem.code}: ${new TainError(problem.code, problem.params).message}`);
  return lines.join('\n\n');
}

/** What the sequence stage of the offline check found, for people and machines. */
import { explainIssue } from '../domain/cftc/explain-issue.ts';
import type { Profile } from '../domain/cftc/profiles.ts';
import { countIssues, tabulateIssues } from './issue-table.ts';
import { formatCount, print, styled } from './print.ts';
import { readerLanguage } from './reader.ts';
import type { SequencedRecord, SequenceStage, Unchecked } from './sequence-stage.ts';

const UNCHECKED: Readonly<Record<Unchecked, string>> = {
  off: 'not checked, as asked',
  format: 'not checked; public dissemination files name no swaps',
  columns: 'not checked; the file has no column for the event type (#27)',
};

/** Does the record break a rule, so that a repository would refuse it? */
export const isSequenceBroken = ({ issues }: SequencedRecord): boolean =>
  issues.some(({ severity }) => severity === 'error');

/** A record with issues of sequence, in words. */
export const reportSequence = ({ record, line, key, outcome, issues }: SequencedRecord) => ({
  record,
  line,
  key,
  outcome,
  issues: issues.map((issue) => ({ ...issue, message: explainIssue(issue, readerLanguage()) })),
});

/**
 * Judges the sequence and prints what is wrong, and a line of counts.
 * @returns whether any record breaks a rule
 */
export function printSequence(stage: SequenceStage, profile: Profile, file: string, limit: number): boolean {
  let shown = 0;
  let isBroken = false;
  const found = countIssues();
  const counts = stage.fold(profile, (sequenced) => {
    isBroken ||= isSequenceBroken(sequenced);
    found.add(sequenced.issues, sequenced.line);
    if (shown < limit) printSequenced(file, sequenced);
    shown += 1;
  });
  if (shown > limit)
    print(`… and ${formatCount(shown - limit)} more records with issues of sequence (--limit shows more).`);
  if (shown > 0) print(`\n${tabulateIssues(found)}\n`);
  const outcome =
    typeof counts === 'string'
      ? UNCHECKED[counts]
      : Object.entries(counts)
          .map(([kind, count]) => `${kind} ${formatCount(count)}`)
          .join(' + ');
  print(`sequence: ${outcome}`);
  return isBroken;
}

function printSequenced(file: string, sequenced: SequencedRecord): void {
  const { record, line, key, outcome, issues } = reportSequence(sequenced);
  const verdict = styled(isSequenceBroken(sequenced) ? 'red' : 'yellow', `sequence, ${outcome}`);
  print(`${verdict}  ${file} record ${record} (line ${line})  ${key}`);
  for (const { ruleId, message } of issues) print(`    ${message} ${styled('dim', `[${ruleId}]`)}`);
}

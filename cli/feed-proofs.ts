/** The proof of a feed, for people. */
import type { FeedProof, FeedSessionProof } from '../contracts/feed-verification.ts';
import { describeFeedDifference } from '../contracts/texts/en-feed-verification.ts';
import { describeOutcomes } from './outcomes.ts';
import { formatCount, print, styled } from './print.ts';

export function printFeed({ feed, sessions }: FeedProof): void {
  if (sessions.length === 0) print(`–  feed ${feed}: no session yet, nothing to prove`);
  for (const session of sessions) printSession(feed, session);
}

function printSession(feed: string, proof: FeedSessionProof): void {
  const { session, checkpoint, counts, ledger, gaps, altered, unprovable, differing, differences } = proof;
  const mark = differing > 0 ? styled('red', 'differs') : styled('green', 'proven');
  print(`${mark}  feed ${feed}, session ${session}`);
  print(
    `    journalled ${formatCount(counts.journalled)} = accepted ${formatCount(counts.accepted)} + ` +
      `rejected ${formatCount(counts.rejected)}` +
      (checkpoint === null
        ? '; the session is over, and ends with the last of them'
        : `, checkpoint ${formatCount(checkpoint)}`),
  );
  print(`    in the ledger: ${describeOutcomes(counts.accepted, ledger)}`);
  if (gaps.filled > 0) print(`    ranges that came late: ${formatCount(gaps.filled)}`);
  if (gaps.open > 0) {
    const shown = gaps.ranges.map(({ from, to }) => (to - from === 1 ? `${from}` : `${from}–${to - 1}`));
    const more = gaps.open > shown.length ? `, and ${formatCount(gaps.open - shown.length)} more` : '';
    print(
      `    ${styled('yellow', `missing ${formatCount(gaps.openMessages)} messages`)}: ${shown.join(', ')}${more}`,
    );
  }
  if (altered > 0)
    print(`    ${formatCount(altered)} came again with other content; what came first stands, both are kept`);
  for (const { ruleSetVersion, messages } of unprovable)
    print(
      `    ${formatCount(messages)} were judged by rules ${ruleSetVersion}, which this program does not have: their ` +
        'verdicts are neither proven nor refuted.',
    );
  for (const difference of differences)
    print(`    ${styled('red', `${feed}: ${describeFeedDifference(difference)}`)}`);
  if (differing > differences.length) print(`    … and ${formatCount(differing - differences.length)} more.`);
}

/** What a person sees when everything runs. */
import path from 'node:path';
import type { DayView } from '../contracts/cftc-day.schema.ts';
import type { FeedDetail } from '../contracts/feeds.schema.ts';
import type { FileView, RecordView } from '../contracts/files.schema.ts';
import type { DeliveryList } from '../contracts/outbound.schema.ts';
import { folderAt, inboxFolder } from '../contracts/folders.ts';
import type { Config } from '../platform/config.ts';
import { describeDaySums } from './day-sums.ts';
import { describeFeed, describeRecent } from './feed-lines.ts';
import { describeOutcomes } from './outcomes.ts';
import { formatCount, formatTable, print, styled } from './print.ts';
import { printRecord } from './commands/validate.ts';

/** The outcome of the demonstration day, and how the feed beside it is; `example` is one of the rejected records. */
export function printDemoSummary(
  file: FileView,
  feed: FeedDetail | null,
  example: RecordView | undefined,
): void {
  const { read, accepted, rejected } = file.progress;
  print();
  print(styled('bold', `The demonstration day ${file.folderDate}`));
  if (file.state !== 'published') {
    print(`  refused: ${file.problem?.detail ?? ''}`);
    return printDemoFeed(feed);
  }
  print(
    `  read ${formatCount(read)} = accepted ${styled('green', formatCount(accepted))} + rejected ${styled('red', formatCount(rejected))}`,
  );
  const outcomes = file.ledger?.outcomes;
  if (outcomes) print(`  in the ledger: ${describeOutcomes(accepted, outcomes)}`);
  printDemoFeed(feed);
  if (!example) return;
  print();
  print('  One of the rejected records, and why:');
  printRecord(example);
}

function printDemoFeed(feed: FeedDetail | null): void {
  if (feed === null) return;
  print(styled('bold', 'The demonstration feed, which goes on'));
  print(`  ${describeRecent(feed)}`);
  print(`  ${describeFeed(feed).join(', ')}`);
}

/** What left for the repository, and what it answered. */
export function printDemoReporting(day: DayView, { deliveries }: DeliveryList): void {
  print();
  print(styled('bold', `The CFTC day ${day.date}: ${day.state}`));
  if (day.counts) for (const line of describeDaySums(day.counts, day.messages)) print(`  ${line}`);
  if (day.problem) print(`  ${day.problem.detail} ${day.problem.help}`);
  const records = deliveries.reduce((sum, { sent }) => sum + sent, 0);
  print(
    `  ${formatCount(deliveries.length)} files with ${formatCount(records)} records went to the demonstration's repository`,
  );
}

export function printAddresses(config: Config, apiUrl: string, temporalUiUrl: string | undefined): void {
  const folder = path.join(config.TAIN_DATA_DIR, inboxFolder(folderAt(Date.now(), config.TAIN_TIME_ZONE)));
  print();
  print(styled('bold', 'Look around'));
  print(
    formatTable([
      ['  API and its documentation', `${apiUrl}/docs`],
      ['  a token for it', './tain token --role viewer'],
      ...(temporalUiUrl ? [['  Temporal UI', temporalUiUrl]] : []),
      ['  files arrive in', folder],
      ['  how it is doing', './tain status, ./tain feed'],
    ]),
  );
  print();
  print(
    `${styled('bold', 'Your own file')}: ./tain ingest FILE.csv   (or check it first: ./tain validate FILE.csv)`,
  );
}

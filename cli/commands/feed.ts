/** tain feed: how feeds are doing, and what an operator wants of one. */
import type { Command } from 'commander';
import type { FeedOperation } from '../../contracts/feeds.ts';
import type { FeedDetail } from '../../contracts/feeds.schema.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi, type FeedWish } from '../api-client.ts';
import { describeFeed, describeRecent, formatMs } from '../feed-lines.ts';
import { formatCount, formatTable, plain, print, styled } from '../print.ts';
import { formatTime } from '../reader.ts';

/** A person waits; longer than the API waits for the supervisor. */
const DEADLINE_MS = 10_000;
const SHOWN_MINUTES = 5;

const OPERATIONS: readonly { readonly name: FeedOperation; readonly does: string }[] = [
  { name: 'pause', does: 'stop reading a feed until it is resumed; nothing is lost meanwhile' },
  { name: 'resume', does: 'let a feed run that is paused or has stopped' },
  { name: 'reconfigure', does: 'read the configuration of a feed again and connect anew' },
];

const connect = () => connectApi(loadConfig(), DEADLINE_MS);

export function addFeed(program: Command): void {
  const command = program
    .command('feed')
    .description('how the feeds are doing')
    .argument('[name]', 'the feed that is shown with its gaps and latencies')
    .action(async (name: string | undefined) => {
      if (name !== undefined) return printFeed(await (await connect()).feed(name));
      const { feeds } = await (await connect()).feeds();
      if (feeds.length === 0)
        return print('There are no feeds. They are entered in the file that TAIN_FEEDS_FILE names.');
      print(formatTable(feeds.map((feed) => [feed.name, ...describeFeed(feed), feed.session ?? ''])));
    });
  for (const { name: operation, does } of OPERATIONS) {
    const added = command
      .command(operation)
      .description(does)
      .argument('<name>', 'the feed')
      .requiredOption('--reason <text>', 'why, for the audit log');
    if (operation === 'resume')
      added.option('--new-session', 'take the session that its sender has now for one of its own');
    added.action(async (name: string, wish: FeedWish) => {
      const wanted = await (await connect()).operateFeed(name, operation, wish);
      const why = wanted.reason === null ? '' : `: ${plain(wanted.reason)}`;
      print(`${name} is wanted ${wanted.state}, by ${plain(wanted.by)}${why}`);
    });
  }
}

function printFeed(feed: FeedDetail): void {
  const { wanted, problem, gapList, latencyByMinute } = feed;
  print(styled('bold', `Feed ${feed.name}: ${describeFeed(feed).join(', ')}`));
  const why = wanted.reason === null ? '' : `: ${plain(wanted.reason)}`;
  print(
    formatTable([
      ['wanted', `${wanted.state}, by ${plain(wanted.by)} since ${formatTime(wanted.since)}${why}`],
      ['session', `${plain(feed.session ?? 'none yet')}${feed.sessionEnded ? ', ended' : ''}`],
      ['journalled', `${formatCount(feed.journalled)} messages of it; the next is ${feed.next}`],
      ['the newest', describeRecent(feed)],
      ['altered', formatCount(feed.altered)],
      ['seen', feed.seenAt === null ? 'never' : formatTime(feed.seenAt)],
      ['workflow', feed.workflowId],
    ]),
  );
  if (problem) print(`${problem.code}: ${plain(`${problem.detail} ${problem.help}`)}`);
  for (const gap of gapList) {
    if (gap.filledAt !== null) continue;
    const help = gap.problem === null ? '' : `: ${plain(`${gap.problem.detail} ${gap.problem.help}`)}`;
    print(
      `missing ${gap.from} to ${gap.to} of session ${plain(gap.session)} since ${formatTime(gap.foundAt)}${help}`,
    );
  }
  const minutes = latencyByMinute.minutes.slice(-SHOWN_MINUTES);
  if (minutes.length === 0) return;
  print();
  print('Latency from receipt to commit, by minute');
  print(
    formatTable(
      minutes.map(({ minute, messages, p50Ms, p99Ms, maxMs }) => [
        formatTime(minute),
        messages,
        `p50 ${formatMs(p50Ms)}`,
        `p99 ${formatMs(p99Ms)}`,
        `max ${formatMs(maxMs)}`,
      ]),
    ),
  );
}

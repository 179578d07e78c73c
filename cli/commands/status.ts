/** tain status: what runs here, and how feeds and files are doing. */
import type { Command } from 'commander';
import { loadConfig } from '../../platform/config.ts';
import { readInstance } from '../../platform/embedded/instance.ts';
import { connectApi, type ApiClient } from '../api-client.ts';
import { describeFeed } from '../feed-lines.ts';
import { describeProgress } from './ingest.ts';
import { describeHold } from './priority.ts';
import { formatTable, plain, print } from '../print.ts';
import { formatTime } from '../reader.ts';

const SHOWN_HELD = 5;
/** A person waits; a frozen engine does not say so. */
const DEADLINE_MS = 10_000;

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('what runs here, and how feeds and files are doing')
    .action(async () => {
      const config = loadConfig();
      const instance = await readInstance(config.TAIN_STATE_DIR);
      const api = await connectApi(config, DEADLINE_MS);
      const [inbox, priority] = [await api.inbox(), await api.priority()];
      print(
        formatTable([
          ['API', `${api.url}/docs`],
          ...(instance?.temporalUiUrl ? [['Temporal UI', instance.temporalUiUrl]] : []),
          ['inbox', `${inbox.dataDir}/${inbox.today}/rec`],
          ['inbox workflow', inbox.workflow],
          ['priority', plain(describeHold(priority))],
          ['cannot be read', String(inbox.unreadable.total)],
          ...Object.entries(inbox.files).map(([state, files]) => [`files ${state}`, String(files)]),
        ]),
      );
      for (const { place, reason } of inbox.unreadable.places)
        print(`cannot read ${plain(place)}: ${plain(reason)}`);
      for (const { text } of priority.alarms) print(`ALARM ${plain(text)}`);
      if (inbox.files.held > 0) {
        const held = await api.files({ state: 'held', limit: SHOWN_HELD });
        for (const { folderDate, name, problem } of held.files)
          print(`held ${folderDate} ${plain(name)}: ${plain(`${problem?.detail} ${problem?.help}`)}`);
      }
      await printFeeds(api);
      const { files } = await api.files({ limit: 10 });
      if (files.length === 0) return;
      print();
      print(
        formatTable(
          files.map((file) => [
            file.folderDate,
            plain(file.name),
            describeProgress(file),
            `received ${formatTime(file.receivedAt)}`,
            file.problem?.code ?? '',
          ]),
        ),
      );
    });
}

async function printFeeds(api: ApiClient): Promise<void> {
  const feeds = (await api.feeds()).feeds.filter(({ state }) => state !== 'removed');
  if (feeds.length === 0) return;
  print();
  print(formatTable(feeds.map((feed) => [`feed ${feed.name}`, ...describeFeed(feed)])));
  for (const { name, problem } of feeds)
    if (problem) print(`feed ${name}: ${plain(`${problem.detail} ${problem.help}`)}`);
}

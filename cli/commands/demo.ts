/** tain demo clear: takes the demonstration out again, with all that came of it. */
import { rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { clearDemoDays, clearDemoReports } from '../../db/demo-days.ts';
import { clearDemoFeed } from '../../db/demo-feed.ts';
import { clearDemo, listDemoPaths } from '../../db/demo.ts';
import { DEMO_FEED } from '../../demo/feed/sessions.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectDatabase } from '../database.ts';
import { formatCount, print } from '../print.ts';

export function addDemo(program: Command): void {
  const demo = program.command('demo').description('the demonstration day and feed');
  demo
    .command('clear')
    .description(
      'remove the files, records, days, messages and reports of the demonstration; the audit log stays',
    )
    .action(async () => {
      const config = loadConfig();
      const sql = await connectDatabase(config, 'tain demo clear');
      try {
        // What is removed with them is told by the files and the feed: it goes before them.
        const reports = await clearDemoReports(sql, DEMO_FEED);
        const { days, messages, paths: sent } = await clearDemoDays(sql, DEMO_FEED);
        // First out of the folder: the inbox would take a file that it no longer knows again.
        const paths = await listDemoPaths(sql);
        await removeFiles(config.TAIN_DATA_DIR, [...reports, ...sent, ...paths]);
        await clearDemo(sql);
        const removed = [
          ...paths,
          ...((await clearDemoFeed(sql, DEMO_FEED)) ? [`feed ${DEMO_FEED}`] : []),
          ...days.map((date) => `day ${date}`),
          ...(messages > 0 ? [`${formatCount(messages)} messages`] : []),
          ...(sent.length > 0 ? [`${formatCount(sent.length)} files of send/`] : []),
          ...(reports.length > 0 ? [`${formatCount(reports.length)} reports`] : []),
        ];
        print(removed.length === 0 ? 'There is no demonstration.' : `Removed ${removed.join(', ')}.`);
      } finally {
        await sql.end({ timeout: 2 });
      }
    });
}

/** Removes files, and the folders that they leave empty. */
async function removeFiles(dataDir: string, places: readonly string[]): Promise<void> {
  const files = places.map((place) => path.join(dataDir, place));
  for (const file of files) await rm(file, { force: true });
  const folders = files.map((file) => path.dirname(file));
  const above = folders.map((folder) => path.dirname(folder)).filter((folder) => folder !== dataDir);
  for (const folder of new Set([...folders, ...above])) await rmdir(folder).catch(() => undefined);
}

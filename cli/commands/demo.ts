/** tain demo clear: takes the demonstration day and feed out again. */
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { clearDemoFeed } from '../../db/demo-feed.ts';
import { clearDemo, listDemoPaths } from '../../db/demo.ts';
import { DEMO_FEED } from '../../demo/feed/sessions.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectDatabase } from '../database.ts';
import { print } from '../print.ts';

export function addDemo(program: Command): void {
  const demo = program.command('demo').description('the demonstration day and feed');
  demo
    .command('clear')
    .description('remove the files, records and messages of the demonstration')
    .action(async () => {
      const config = loadConfig();
      const sql = await connectDatabase(config, 'tain demo clear');
      try {
        // First out of the folder: the inbox would take a file that it no longer knows again.
        const paths = await listDemoPaths(sql);
        for (const place of paths)
          await unlink(path.join(config.TAIN_DATA_DIR, place)).catch(() => undefined);
        await clearDemo(sql);
        const removed = (await clearDemoFeed(sql, DEMO_FEED)) ? [...paths, `feed ${DEMO_FEED}`] : paths;
        print(removed.length === 0 ? 'There is no demonstration.' : `Removed ${removed.join(', ')}.`);
      } finally {
        await sql.end({ timeout: 2 });
      }
    });
}

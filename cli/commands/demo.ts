/** tain demo clear: takes the demonstration day out again. */
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { clearDemo, listDemoPaths } from '../../db/demo.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectDatabase } from '../database.ts';
import { print } from '../print.ts';

export function addDemo(program: Command): void {
  const demo = program.command('demo').description('the demonstration day');
  demo
    .command('clear')
    .description('remove the files and records of the demonstration day')
    .action(async () => {
      const config = loadConfig();
      const sql = await connectDatabase(config, 'tain demo clear');
      try {
        // First out of the folder: the inbox would take a file that it no longer knows again.
        const paths = await listDemoPaths(sql);
        for (const place of paths)
          await unlink(path.join(config.TAIN_DATA_DIR, place)).catch(() => undefined);
        await clearDemo(sql);
        print(paths.length === 0 ? 'There is no demonstration day.' : `Removed ${paths.join(', ')}.`);
      } finally {
        await sql.end({ timeout: 2 });
      }
    });
}

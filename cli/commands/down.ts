/** tain down: stops the Tain of this checkout, or what a killed one left behind. */
import type { Command } from 'commander';
import { loadConfig } from '../../platform/config.ts';
import { stopInstance } from '../../platform/embedded/instance.ts';
import { print } from '../print.ts';

const GRACE_MS = 60_000;

export function addDown(program: Command): void {
  program
    .command('down')
    .description('stop the Tain that runs here')
    .action(async () => {
      const outcome = await stopInstance(loadConfig().TAIN_STATE_DIR, GRACE_MS, print);
      print(
        { stopped: 'Stopped.', 'leftovers stopped': 'Stopped.', 'not running': 'Tain is not running here.' }[
          outcome
        ],
      );
    });
}

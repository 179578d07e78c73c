/** tain token: a token for the API, made with the local secret. */
import type { Command } from 'commander';
import { isRole, ROLES } from '../../contracts/policy.ts';
import { loadConfig } from '../../platform/config.ts';
import { StartError } from '../../platform/embedded/start-error.ts';
import { parseCount, parseName } from '../arguments.ts';
import { localUser, makeLocalToken } from '../local-token.ts';
import { print } from '../print.ts';

const HOUR_MS = 3_600_000;

export function addToken(program: Command): void {
  program
    .command('token')
    .description('make a token for the API')
    .requiredOption('--role <role>', ROLES.join(', '))
    .option('--subject <name>', 'who the token speaks for', parseName, localUser())
    .option('--hours <n>', 'how long it is valid', parseCount, 12)
    .action(async ({ role, subject, hours }: { role: string; subject: string; hours: number }) => {
      if (!isRole(role))
        throw new StartError(`There is no role ${role}.`, `The roles are ${ROLES.join(', ')}.`);
      print(await makeLocalToken(loadConfig(), subject, role, hours * HOUR_MS));
    });
}

/** tain day replay DATE: builds a day again from its raw records; needs only the database. */
import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type { ReplayRules } from '../../contracts/day-replay.ts';
import { PROFILES } from '../../domain/cftc/profiles.ts';
import { EFFECTIVE_FROM } from '../../domain/cftc/specification.ts';
import { loadConfig } from '../../platform/config.ts';
import { parseCount, parseDate } from '../arguments.ts';
import { connectDatabase, findDatabaseUrl } from '../database.ts';
import { print } from '../print.ts';
import { createProgress } from '../progress.ts';
import { printReplay } from '../replay-report.ts';
import { runReplay } from '../run-replay.ts';

const EXIT_IDENTICAL = 0;
const EXIT_DIFFERENT = 1;

type Options = { readonly version?: number; readonly rules?: ReplayRules; readonly json?: true };

/** @param day the command `tain day` */
export function addDayReplay(day: Command): void {
  day
    .command('replay')
    .description(
      'build a day again from raw records and compare its files byte by byte: exit 0 identical, 1 differences',
    )
    .argument('<date>', 'business date, YYYY-MM-DD', parseDate)
    .option('--version <n>', 'version of the day; absent: the current one', parseCount)
    .option(
      '--rules <catalogue/version>',
      `list what would change if its records were judged by others: ${Object.keys(PROFILES).join(', ')}, and behind a ` +
        `slash the version of the specification (${Object.keys(EFFECTIVE_FROM).join(', ')}), like strict/3.2`,
      parseRules,
    )
    .option('--json', 'one JSON object')
    .action(async (date: string, { version = null, rules = null, json }: Nullable<Options>) => {
      const config = loadConfig();
      // Says what is wrong with the database, in words.
      await (await connectDatabase(config, 'tain day replay')).end({ timeout: 2 });
      const progress = createProgress();
      const order = {
        ...{ date, version, rules },
        databaseUrl: await findDatabaseUrl(config),
        dataDir: config.TAIN_DATA_DIR,
        workDir: path.join(config.TAIN_STATE_DIR, 'replays'),
        tableDir: config.TAIN_TABLE_DIR,
      };
      const replay = await runReplay(order, ({ step, done, of }) =>
        progress.show(`Day ${date}: ${step}`, done, of),
      ).finally(() => progress.clear());
      if (json) print(JSON.stringify(replay, null, 2));
      else printReplay(replay, rules !== null);
      const isSame = rules === null ? replay.isIdentical : replay.differing === 0;
      process.exitCode = isSame ? EXIT_IDENTICAL : EXIT_DIFFERENT;
    });
}

type Nullable<T> = { readonly [Key in keyof T]: T[Key] | null };

/** "strict", "spec/3.1": how strictly, and by which version of the specification. */
function parseRules(text: string): ReplayRules {
  const [profile = '', version = null, ...rest] = text.split('/');
  const isKnown =
    Object.hasOwn(PROFILES, profile) && (version === null || Object.hasOwn(EFFECTIVE_FROM, version));
  if (isKnown && rest.length === 0) return { profile, version } as ReplayRules;
  throw new InvalidArgumentError(
    `It must be ${Object.keys(PROFILES).join(', ')}, alone or with a version: ${Object.keys(EFFECTIVE_FROM).join(', ')}, like strict/3.2.`,
  );
}

/** tain reconcile FILE: the repository's open swaps report against our ledger; needs only the database. */
import path from 'node:path';
import type { Command } from 'commander';
import { BY_COMMAND_LINE } from '../../contracts/audit.ts';
import { TainError } from '../../contracts/errors.ts';
import { folderAt, parseFolderDate } from '../../contracts/folders.ts';
import type { Break } from '../../contracts/reconciliation.ts';
import { recordVerification } from '../../db/reconcile.ts';
import { entitiesAt, entityAt, type EntityTable } from '../../domain/cftc/entities.ts';
import { verificationObligation } from '../../domain/cftc/obligations.ts';
import type { KnownSwap } from '../../domain/reconcile/known-swap.ts';
import { loadConfig } from '../../platform/config.ts';
import { openTables } from '../../platform/tables.ts';
import { parseCount, parseDate } from '../arguments.ts';
import { connectDatabase } from '../database.ts';
import { localUser } from '../local-token.ts';
import { formatCount, plain, print } from '../print.ts';
import { createProgress } from '../progress.ts';
import { readerLanguage } from '../reader.ts';
import { reconcileFile } from '../reconcile-file.ts';
import {
  csvHeader,
  csvLine,
  printCounts,
  RECONCILE_TEXTS,
  sumOf,
  tabulateBreaks,
} from '../reconcile-report.ts';

const EXIT_CLEAN = 0;
const EXIT_BREAKS = 1;

type Options = {
  readonly on?: string;
  readonly entity?: string;
  readonly csv?: true;
  readonly record?: true;
  readonly limit: number;
};

export function addReconcile(program: Command): void {
  program
    .command('reconcile')
    .argument('<file>', "the repository's open swaps report, CSV in the submission format, in any order")
    .description(
      "compare the repository's open swaps report with the ledger: exit 0 agreed, 1 errors, 2 unreadable",
    )
    .option(
      '--on <YYYY-MM-DD>',
      'day that the report is of, with what was reported by its end in UTC; absent: today, with all that is known',
      parseDate,
    )
    .option('--entity <lei>', 'reporting counterparty that the report is of; absent: all of our entities')
    .option('--csv', 'every error as CSV')
    .option('--limit <n>', 'errors to show', parseCount, 20)
    .option('--record', 'record that the open swaps were verified (17 CFR 45.14(b))')
    .action(async (file: string, options: Options) => {
      process.exitCode = await reconcileCommand(file, options).finally(progress.clear);
    });
}

const progress = createProgress();

async function reconcileCommand(file: string, options: Options): Promise<number> {
  const config = loadConfig();
  const { entities } = await openTables(config.TAIN_TABLE_DIR);
  const date = options.on ?? parseFolderDate(folderAt(Date.now(), config.TAIN_TIME_ZONE))!;
  const wanted = selectEntities(entities, options.entity, date);
  const found = collectBreaks(options);
  const unreadable = collectUnreadable(file, options);
  const sql = await connectDatabase(config, 'tain reconcile');
  try {
    const { counts, sha256 } = await reconcileFile({
      sql,
      file,
      knowledge: { date, asOfDate: options.on !== undefined },
      isOurs: (swap) => isReportedBy(swap, wanted, options.entity !== undefined),
      onBreak: found.add,
      onUnreadable: unreadable.add,
      onProgress: (bytes, of) => progress.show(file, bytes, of),
    });
    progress.clear();
    found.finish();
    if (!options.csv) printCounts(counts, { file, date, language: readerLanguage() });
    const isReadWhole = unreadable.finish();
    if (options.record) {
      const record = { date, report: path.basename(file), sha256, compared: counts.compared };
      const leis = [...wanted].sort();
      const by = { ...BY_COMMAND_LINE, actor: `command-line:${localUser()}` };
      await recordVerification(sql, by, { ...record, entities: leis, breaks: sumOf(counts) });
      if (!options.csv) print(RECONCILE_TEXTS[readerLanguage()].recorded(leis.join(', '), date));
    }
    return sumOf(counts) === 0 && isReadWhole ? EXIT_CLEAN : EXIT_BREAKS;
  } finally {
    await sql.end({ timeout: 2 });
  }
}

/** Keeps the first breaks for a table, or writes all of them as CSV while they come. */
function collectBreaks({ csv, limit }: Options) {
  const language = readerLanguage();
  const shown: Break[] = [];
  let found = 0;
  return {
    add(one: Break): void {
      found += 1;
      if (csv) process.stdout.write(found === 1 ? csvHeader() + csvLine(one) : csvLine(one));
      else if (shown.length < limit) shown.push(one);
    },
    finish(): void {
      if (csv && found === 0) process.stdout.write(csvHeader());
      if (shown.length > 0) print(tabulateBreaks(shown, language));
      if (!csv && found > shown.length)
        print(RECONCILE_TEXTS[language].more(formatCount(found - shown.length)));
    },
  };
}

/** Names the first lines that cannot be read, and counts all. */
function collectUnreadable(file: string, { limit, record }: Options) {
  const texts = RECONCILE_TEXTS[readerLanguage()];
  let [lines, first] = [0, 0];
  return {
    add(line: number): void {
      if (lines === 0) first = line;
      lines += 1;
      if (lines > limit) return;
      progress.clear();
      process.stderr.write(`${texts.unreadableLine(plain(file), String(line))}\n`);
    },
    /** @throws TainError reconcile.not-read when the verification was to be recorded */
    finish(): boolean {
      if (lines === 0) return true;
      process.stderr.write(`${texts.unreadable(plain(file), formatCount(lines), String(first))}\n`);
      if (record)
        throw new TainError('reconcile.not-read', { file: path.basename(file), lines, line: first });
      return false;
    },
  };
}

/** The entities that the report is of; facilities hold no swaps. */
function selectEntities(table: EntityTable, lei: string | undefined, date: string): ReadonlySet<string> {
  if (lei === undefined) {
    const holders = entitiesAt(table, date).filter((one) => verificationObligation(one, date) !== null);
    return new Set(holders.map((one) => one.lei));
  }
  if (entityAt(table, lei, date) === null)
    throw new TainError('reconcile.entity-unknown', { entity: lei, date });
  return new Set([lei]);
}

/** The one that is named first reports (#13). Of swaps between others, which we may report for them, all are expected. */
function isReportedBy(
  { parties: [first, second] }: KnownSwap,
  ours: ReadonlySet<string>,
  alone: boolean,
): boolean {
  if (alone || (second !== null && ours.has(second))) return first !== null && ours.has(first);
  return true;
}

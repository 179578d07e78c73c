/** tain verify DATE|FILE|--feed NAME: proves stored files, feeds and the audit log; needs only the database. */
import path from 'node:path';
import type { Command } from 'commander';
import { TainError } from '../../contracts/errors.ts';
import { parseFolderDate } from '../../contracts/folders.ts';
import { describeAuditBreak, describeDifference } from '../../contracts/texts/en-verification.ts';
import type { AuditProof, Differences, FileProof, LedgerProof } from '../../contracts/verification.ts';
import { findFilesNamed } from '../../db/files.ts';
import { selectDay, verifySelection, type Selection } from '../../db/verify.ts';
import { loadConfig } from '../../platform/config.ts';
import type { Sql } from '../../platform/postgres.ts';
import { openRawFile } from '../../platform/raw-file.ts';
import { connectDatabase } from '../database.ts';
import { describeOutcomes } from '../outcomes.ts';
import { printFeed } from '../feed-proofs.ts';
import { createProgress } from '../progress.ts';
import { formatCount, print, styled } from '../print.ts';

const EXIT_PROVEN = 0;
const EXIT_DIFFERENT = 1;

export function addVerify(program: Command): void {
  program
    .command('verify')
    .argument('[what]', 'folder date (2026-11-21), file id, file name or path')
    .description(
      'prove stored files, feeds and the audit log: exit 0 proven, 1 differences, 2 nothing to prove',
    )
    .option('--feed <name>', 'every session of a feed')
    .option('--audit', 'the audit log alone')
    .option('--json', 'one JSON object')
    .action(async (what: string | undefined, options: Options, command: Command) => {
      const { feed } = options;
      if (!what && feed === undefined && !options.audit)
        command.error('error: name a folder date or a file, or give --feed or --audit');
      if (what && feed !== undefined) command.error('error: name a folder date or a file, or give --feed');
      const config = loadConfig();
      const sql = await connectDatabase(config, 'tain verify');
      try {
        const selection = what ? await select(sql, what, config.TAIN_DATA_DIR) : selectFeed(feed);
        const progress = createProgress();
        const report = await verifySelection(
          {
            sql,
            openRaw: (file) => openRawFile(path.join(config.TAIN_DATA_DIR, file.path)),
            onProgress: (file, bytes) => progress.show(file.file_name, bytes, file.content_bytes ?? 0),
            onFeedProgress: (session, sequence, of) =>
              progress.show(`${session.feed} ${session.session}`, sequence, of),
          },
          selection,
          (proof) => {
            progress.clear();
            if (!options.json) printFile(proof);
          },
          (proof) => {
            progress.clear();
            if (!options.json) printFeed(proof);
          },
        );
        if (options.json) print(JSON.stringify(report));
        else {
          printDifferences(what ?? '', report.strays);
          if (report.ledger.subjects > 0) printLedger(report.ledger);
          printAudit(report.audit);
        }
        const isEmpty =
          what !== undefined &&
          report.files.length + report.feeds.length === 0 &&
          report.strays.differing === 0;
        // A wrong name is one also where the audit log is broken; a day without files is proven to have none.
        if (isEmpty && (report.holds || selection.name !== undefined))
          throw new TainError('verification.nothing', { name: what });
        process.exitCode = report.holds ? EXIT_PROVEN : EXIT_DIFFERENT;
      } finally {
        await sql.end({ timeout: 2 });
      }
    });
}

type Options = { readonly feed?: string; readonly audit?: boolean; readonly json?: boolean };

/** A feed, or nothing: the audit log alone. */
const selectFeed = (feed: string | undefined): Selection => ({
  folderDates: [],
  fileIds: [],
  feeds: { names: feed === undefined ? [] : [feed], day: null },
});

/** Every file that the name may mean: a file that was changed in its folder is taken again, as another one. */
async function select(sql: Sql, what: string, dataDir: string): Promise<Selection> {
  const date = parseFolderDate(what.replace(/^(\d{4})-(\d{2})-(\d{2})$/, '$1$2$3'));
  if (date !== null) return selectDay(sql, date);
  const place = path.relative(dataDir, path.resolve(what)).split(path.sep).join('/');
  const files = await findFilesNamed(sql, what, place);
  return { folderDates: [], fileIds: files.map(({ file_id }) => file_id), name: path.basename(what) };
}

function printFile(proof: FileProof): void {
  const { name, id, state, counts, differing, provenFrom } = proof;
  if (provenFrom === null) {
    print(`${differing > 0 ? styled('red', 'differs') : '–'}  ${name} (${id}): ${state}, nothing to prove`);
    return printDifferences(name, proof);
  }
  print(`${differing > 0 ? styled('red', 'differs') : styled('green', 'proven')}  ${name} (${id})`);
  print(
    `    ${formatCount(proof.sizeBytes)} bytes, read ${formatCount(counts.read)} = ` +
      `accepted ${formatCount(counts.accepted)} + rejected ${formatCount(counts.rejected)}, rules ${proof.ruleSetVersion}`,
  );
  if (proof.ledger) print(`    in the ledger: ${describeOutcomes(counts.accepted, proof.ledger)}`);
  print(`    sha-256 ${proof.sha256}`);
  print(`    checked against ${provenFrom === 'file' ? 'the file' : 'the stored slices'}`);
  if (proof.unhashedBytes > 0) {
    print(
      `    ${formatCount(proof.unhashedBytes)} bytes of records that are too long to be kept could not be hashed ` +
        'again without the file, so neither could the bytes of the other records be compared with the hash of the ' +
        'whole: their verdicts, places and sizes were checked, not that they are what arrived.',
    );
  }
  printDifferences(name, proof);
}

function printLedger({ subjects, events, ...found }: LedgerProof): void {
  const mark = found.differing > 0 ? styled('red', 'differs') : styled('green', 'proven');
  print(
    `${mark}  ledger: ${formatCount(subjects)} swaps and portfolios, folded again from ${formatCount(events)} events`,
  );
  printDifferences('ledger', found);
}

function printDifferences(name: string, { differing, differences }: Differences): void {
  for (const difference of differences)
    print(`    ${styled('red', `${name}: ${describeDifference(difference)}`)}`);
  if (differing > differences.length) print(`    … and ${formatCount(differing - differences.length)} more.`);
}

function printAudit({ rows, head, broken, breaks }: AuditProof): void {
  print(
    `${broken > 0 ? styled('red', 'differs') : styled('green', 'proven')}  audit log: ${formatCount(rows)} rows, ` +
      `head ${head.seq} ${head.hash}`,
  );
  for (const found of breaks) print(`    ${styled('red', describeAuditBreak(found))}`);
  if (broken > breaks.length) print(`    … and ${formatCount(broken - breaks.length)} more.`);
}

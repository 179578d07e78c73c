/** `tain verify`: the proof of files from what is stored and, where it still is, from the file itself. */
import { createHash } from 'node:crypto';
import type { Sql, TransactionSql } from 'postgres';
import { TainError } from '../contracts/errors.ts';
import type { FeedProof } from '../contracts/feed-verification.ts';
import {
  MAX_SHOWN_DIFFERENCES,
  type Difference,
  type DifferenceKind,
  type Differences,
  type FileProof,
  type RawFile,
  type RecordProof,
  type VerificationReport,
} from '../contracts/verification.ts';
import { verifyFile, type StoredFile } from '../domain/swaps/verify-file.ts';
import type { SliceHash } from '../domain/csv/split.ts';
import { verifySlices } from '../domain/swaps/verify-slices.ts';
import { verifyAuditChain } from './audit.ts';
import { compareLinks } from './corrections.ts';
import { compareWithAudit, fileIdOf, findRemovedFiles } from './file-audit.ts';
import { headerOf, type FileRow } from './files.ts';
import { registersOf } from './registers.ts';
import { proveFeed, type FeedProofDependencies } from './verify-feeds.ts';
import { proveFileEvents, verifyLedger } from './verify-ledger.ts';
import { findStrays, findStraysOf, readStoredRecords } from './verify-records.ts';
import { listProvenFeeds } from './verify-sessions.ts';

export type VerifyDependencies = {
  readonly sql: Sql;
  /** Opens the file of a row; null when it has left its folder. */
  readonly openRaw: (file: FileRow) => Promise<RawFile | null>;
  readonly signal?: AbortSignal;
  /** Called while bytes are read: how many of the content's. */
  readonly onProgress?: (file: FileRow, bytes: number) => void;
  readonly onFeedProgress?: FeedProofDependencies['onProgress'];
};

const createSha256 = (): SliceHash => {
  const hash = createHash('sha256');
  return { update: (piece) => void hash.update(piece, 'latin1'), digest: () => hash.digest('hex') };
};

/**
 * Proves one file. Its row and its records are read in one transaction, so that they are of one moment.
 * @throws TainError file.not-found; the signal's reason when it is aborted
 */
export async function proveStoredFile(dependencies: VerifyDependencies, fileId: number): Promise<FileProof> {
  return dependencies.sql.begin('isolation level repeatable read read only', async (tx) => {
    const [file] = await tx<FileRow[]>`select * from tb_bat_file_mst where file_id = ${fileId}`;
    if (!file) throw new TainError('file.not-found', { file: fileId });
    const about = {
      id: fileIdOf(file),
      name: file.file_name,
      folderDate: file.folder_date,
      state: file.state,
      sizeBytes: file.size_bytes,
      sha256: file.sha256,
      ruleSetVersion: file.rule_set_version,
    };
    const audited = [
      ...(await compareWithAudit(tx, file)),
      ...(await findStraysOf(tx, file)),
      ...(await compareLinks(tx, file)),
    ];
    if (file.state !== 'published') {
      const counts = { read: file.read_count, accepted: file.accepted_count, rejected: file.rejected_count };
      return { ...about, provenFrom: null, counts, unhashedBytes: 0, ledger: null, ...join(audited) };
    }
    const { provenFrom, proof, differing } = await proveRecords(dependencies, tx, file);
    const { ledger, ...events } = await proveFileEvents(tx, file, dependencies.signal);
    const all = join([...compareSizes(file), ...differing, ...audited], proof, events);
    return { ...about, provenFrom, counts: proof.counts, unhashedBytes: proof.unhashedBytes, ledger, ...all };
  });
}

type ProvenRecords = {
  readonly provenFrom: 'file' | 'slices';
  readonly proof: RecordProof;
  /** Of the file in its folder: it cannot be read, or is not what its row says. */
  readonly differing: Difference[];
};

async function proveRecords(
  { openRaw, signal, onProgress }: VerifyDependencies,
  tx: TransactionSql,
  file: FileRow,
): Promise<ProvenRecords> {
  const registers = await registersOf(tx, file.register_version);
  const request = () => ({
    registers,
    file: toStoredFile(file),
    records: watched(readStoredRecords(tx, file), () => signal?.throwIfAborted()),
    createSha256,
  });
  const open = (raw: RawFile): AsyncIterable<string> =>
    toBinary(raw.content(), (bytes) => {
      signal?.throwIfAborted();
      onProgress?.(file, bytes);
    });
  let changed: RawFile | null = null;
  const differing: Difference[] = [];
  try {
    const raw = await openRaw(file);
    const found = raw && (await measure(raw.bytes(), signal));
    if (raw && found?.sha256 === file.sha256) {
      const differing = [
        ...differ('size', found.bytes, file.size_bytes),
        ...differ('compression', await raw.compression(), file.compression),
      ];
      return { provenFrom: 'file', proof: await verifyFile(request(), () => open(raw)), differing };
    }
    changed = raw;
  } catch (error) {
    const code = readErrorCode(error);
    if (code === null) throw error;
    // Files may leave their folder at any time, also while they are read.
    if (code !== 'ENOENT') {
      differing.push({ kind: 'disk', record: null, line: null, bytes: null, expected: null, actual: code });
    }
  }
  const proof = await verifySlices(request(), changed && readable(open(changed)));
  return { provenFrom: 'slices', proof, differing };
}

/** Why a file cannot be read, ENOENT when it has gone; null for any other error. */
function readErrorCode(error: unknown): string | null {
  if (error instanceof TainError) {
    if (error.code === 'file.vanished') return 'ENOENT';
    return error.code === 'file.unreadable' ? String(error.params['reason']) : null;
  }
  const { code, syscall } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && typeof syscall === 'string' ? code : null;
}

const toStoredFile = (file: FileRow): StoredFile => ({
  folderDate: file.folder_date,
  header: headerOf(file),
  format: file.format,
  unknownColumns: file.unknown_columns,
  counts: { read: file.read_count, accepted: file.accepted_count, rejected: file.rejected_count },
  nextOffset: file.next_offset,
  contentBytes: file.content_bytes ?? 0,
  contentSha256: file.content_sha256 ?? '',
});

const differ = (kind: DifferenceKind, expected: unknown, actual: unknown): Difference[] =>
  expected === actual
    ? []
    : [{ kind, record: null, line: null, bytes: null, expected: String(expected), actual: String(actual) }];

/** An uncompressed file is its own content. */
function compareSizes(file: FileRow): Difference[] {
  if (file.compression !== 'none') return [];
  return [
    ...differ('hash', file.sha256, file.content_sha256),
    ...differ('size', file.size_bytes, file.content_bytes),
  ];
}

function join(
  own: readonly Difference[],
  ...proofs: readonly Differences[]
): Pick<FileProof, 'differing' | 'differences'> {
  return {
    differing: proofs.reduce((sum, { differing }) => sum + differing, own.length),
    differences: [...own, ...proofs.flatMap(({ differences }) => differences)].slice(
      0,
      MAX_SHOWN_DIFFERENCES,
    ),
  };
}

async function measure(
  blocks: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const block of blocks) {
    signal?.throwIfAborted();
    hash.update(block);
    bytes += block.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function* toBinary(
  blocks: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<string> {
  let bytes = 0;
  for await (const block of blocks) {
    bytes += block.length;
    onBytes(bytes);
    yield block.toString('latin1');
  }
}

/** The content of a damaged file, as far as it can be read. */
async function* readable(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* chunks;
  } catch (error) {
    if (!(error instanceof TainError) && readErrorCode(error) === null) throw error;
  }
}

async function* watched<T>(batches: AsyncIterable<T>, look: () => void): AsyncGenerator<T> {
  for await (const batch of batches) {
    look();
    yield batch;
  }
}

/** Which files: those of a folder date, those of a name, or none (the audit log alone). */
export type Selection = {
  readonly folderDates: readonly string[];
  readonly fileIds: readonly number[];
  /** Id or name of files that the audit log may know although they are gone. */
  readonly name?: string;
  /** Feeds: their sessions of a day of submission, or all of them. */
  readonly feeds?: { readonly names: readonly string[]; readonly day: string | null };
};

/** Files of a folder date, in the order of their arrival, and the feeds. */
export async function selectDay(sql: Sql, folderDate: string): Promise<Selection> {
  const rows = await sql<{ file_id: number }[]>`
    select file_id from tb_bat_file_mst where folder_date = ${folderDate} order by file_id`;
  return {
    folderDates: [folderDate],
    fileIds: rows.map(({ file_id }) => file_id),
    feeds: { names: await listProvenFeeds(sql), day: folderDate },
  };
}

/**
 * Proves the files and feeds of a selection, one after the other, looks for stray records of their days, folds their
 * swaps again, and follows the audit chain.
 * @param report takes the proof of each file as soon as it is there, `reportFeed` that of each feed
 */
export async function verifySelection(
  dependencies: VerifyDependencies,
  { folderDates, fileIds, name, feeds: wantedFeeds }: Selection,
  report: (proof: FileProof) => void = () => undefined,
  reportFeed: (proof: FeedProof) => void = () => undefined,
): Promise<VerificationReport> {
  const { sql, signal } = dependencies;
  const files: FileProof[] = [];
  for (const fileId of fileIds) {
    const proof = await proveStoredFile(dependencies, fileId);
    files.push(proof);
    report(proof);
  }
  const feeds: FeedProof[] = [];
  for (const feed of wantedFeeds?.names ?? []) {
    const proof = await proveFeed(
      { ...dependencies, onProgress: dependencies.onFeedProgress },
      feed,
      wantedFeeds!.day,
    );
    if (wantedFeeds!.day !== null && proof.sessions.length === 0) continue;
    feeds.push(proof);
    reportFeed(proof);
  }
  const strays: Difference[] = [];
  for (const folderDate of folderDates) {
    strays.push(...(await findStrays(sql, folderDate)), ...(await findRemovedFiles(sql, { folderDate })));
  }
  if (name !== undefined) strays.push(...(await findRemovedFiles(sql, { name })));
  const sessions = feeds.flatMap((proof) =>
    proof.sessions.map(({ session }) => ({ feed: proof.feed, session })),
  );
  const ledger = await verifyLedger(sql, fileIds, signal, sessions);
  const audit = await verifyAuditChain(sql, signal);
  const proofs = [...files, ...feeds, join(strays), ledger];
  const holds = audit.broken === 0 && proofs.every(({ differing }) => differing === 0);
  return { holds, files, feeds, strays: join(strays), ledger, audit };
}

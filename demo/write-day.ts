/** Writes a demo day to disk: the file as somebody would drop it into the inbox, and its manifest elsewhere. */
import { createHash } from 'node:crypto';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_BROKEN_SHARE, DEMO_HEADER, generateDay, type DayRequest } from './day.ts';
import { formatSummary, formatVerdict, isNamed, type ManifestSummary } from './manifest.ts';

const CHUNK_CHARACTERS = 512 * 1024;
/** Room for the digits of the counts, which are known at the end. */
const SUMMARY_SPARE = 32;

export type WriteRequest = DayRequest & {
  /** Where the file goes; it has a name that begins with a point until it is complete. */
  readonly directory: string;
  readonly fileName?: string;
  /** Where the ground truth goes; never the inbox, which would take it for a submission. */
  readonly manifestFile: string;
};

export type WrittenDay = {
  readonly file: string;
  readonly manifestFile: string;
  readonly sha256: string;
  readonly rows: number;
  readonly rejected: number;
  readonly bytes: number;
};

/**
 * Generates a day into a file and its manifest, in constant memory. Both appear under their names when they are
 * complete, the manifest first.
 */
export async function writeDay(request: WriteRequest): Promise<WrittenDay> {
  const { directory, manifestFile } = request;
  const fileName = request.fileName ?? `swaps-${request.date}-${request.rows}.csv`;
  const file = path.join(directory, fileName);
  const part = path.join(directory, `.${fileName}.part`);
  const manifestPart = `${manifestFile}.part`;
  await mkdir(directory, { recursive: true });
  await mkdir(path.dirname(manifestFile), { recursive: true });

  const target = await open(part, 'w');
  try {
    const manifest = await open(manifestPart, 'w');
    try {
      const { summary, bytes } = await writeBoth(request, target, manifest);
      await target.sync();
      await rename(manifestPart, manifestFile);
      await rename(part, file);
      return {
        file,
        manifestFile,
        sha256: summary.sha256,
        rows: summary.rows,
        rejected: summary.rejected,
        bytes,
      };
    } finally {
      await manifest.close();
    }
  } finally {
    await target.close();
  }
}

async function writeBoth(
  request: DayRequest,
  target: FileHandle,
  manifest: FileHandle,
): Promise<{ summary: ManifestSummary; bytes: number }> {
  const { seed, rows, date, brokenShare = DEFAULT_BROKEN_SHARE } = request;
  const hash = createHash('sha256');
  const verdicts = { accepted: 0, rejected: 0 };
  const blank = { seed, rows, date, brokenShare, ...verdicts, sha256: '0'.repeat(64) };
  const width = Buffer.byteLength(formatSummary(blank)) + SUMMARY_SPARE;
  const csv = createWriter(target, 'latin1', (chunk) => hash.update(chunk));
  const named = createWriter(manifest, 'utf8');

  await csv.write(DEMO_HEADER);
  await named.write(formatSummary(blank, width));
  for (const { bytes, expected } of generateDay(request)) {
    verdicts[expected.verdict] += 1;
    if (csv.add(bytes)) await csv.flush();
    if (isNamed(expected) && named.add(formatVerdict(expected))) await named.flush();
  }
  await csv.flush();
  await named.flush();

  const summary = { ...blank, ...verdicts, sha256: hash.digest('hex') };
  await manifest.write(formatSummary(summary, width), 0, 'utf8');
  return { summary, bytes: csv.bytes() };
}

type Writer = {
  /** Adds text to the chunk; true when the chunk should be flushed. */
  add(text: string): boolean;
  flush(): Promise<void>;
  write(text: string): Promise<void>;
  bytes(): number;
};

function createWriter(
  handle: FileHandle,
  encoding: 'latin1' | 'utf8',
  see?: (chunk: Buffer) => void,
): Writer {
  let pending: string[] = [];
  let characters = 0;
  let written = 0;
  return {
    add(text) {
      pending.push(text);
      characters += text.length;
      return characters >= CHUNK_CHARACTERS;
    },
    async flush() {
      const chunk = Buffer.from(pending.join(''), encoding);
      pending = [];
      characters = 0;
      see?.(chunk);
      await handle.writeFile(chunk);
      written += chunk.length;
    },
    async write(text) {
      this.add(text);
      await this.flush();
    },
    bytes: () => written,
  };
}

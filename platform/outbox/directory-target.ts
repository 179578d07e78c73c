/**
 * A target that is a folder: a file is copied under a temporary name, renamed when it is whole and on the disk, and then
 * "<name>.done" beside it says so. Answers are picked up from "answers/*.csv", with the columns kind, subject, verdict and
 * issues (JSON). They stay there: whoever reads them again finds them known.
 */
import { createHash } from 'node:crypto';
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TainError } from '../../contracts/errors.ts';
import { splitFields } from '../../domain/csv/fields.ts';
import { readAnswerFields } from '../../domain/outbound/answer.ts';
import { hashFile } from '../file-hash.ts';
import type { DirectoryTargetSettings } from '../outbound-config.ts';
import type { OutboundLink, OutboundTarget, OutgoingFile, ReceivedAnswer } from './outbound-target.ts';

const BLOCK_BYTES = 1024 * 1024;
const LOOK_MS = 250;
const COLUMNS = ['kind', 'subject', 'verdict', 'issues'] as const;
/** What the name of a session can be in the database, and in a log. */
const ANSWER_FILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.csv$/;

export const prepareDirectoryTarget = (settings: DirectoryTargetSettings): OutboundTarget => ({
  name: settings.name,
  takes: 'files',
  answerMs: settings.answerMs,
  open: () => openLink(settings),
});

function openLink({ name: target, path: folder }: DirectoryTargetSettings): OutboundLink {
  /** Size and time of the files of answers that were read. */
  const seen = new Map<string, string>();
  let waiting: ReceivedAnswer[] = [];
  let isClosed = false;

  const look = async (): Promise<void> => {
    const answers = path.join(folder, 'answers');
    // There may be none yet.
    const names = await readdir(answers).catch(() => []);
    for (const name of names.filter((one) => ANSWER_FILE.test(one)).sort()) {
      const location = path.join(answers, name);
      const { size, mtimeMs } = await stat(location);
      const version = `${size} ${mtimeMs}`;
      if (seen.get(name) === version) continue;
      waiting.push(...readAnswerFile(name, await readFile(location)));
      seen.set(name, version);
    }
  };

  return {
    send: async (messages) => messages.length,
    async finish(file) {
      try {
        await place(folder, file);
        return true;
      } catch (error) {
        if (error instanceof TainError) throw error;
        const reason = (error as NodeJS.ErrnoException).code ?? String(error);
        throw new TainError('outbound.unwritable', { target, path: folder, reason }, { cause: error });
      }
    },
    async read({ max, waitMs }) {
      const until = performance.now() + waitMs;
      if (waiting.length === 0) await look();
      while (waiting.length === 0 && !isClosed && performance.now() < until) {
        await sleep(Math.min(LOOK_MS, waitMs));
        await look();
      }
      const taken = waiting.slice(0, max);
      waiting = waiting.slice(max);
      return taken;
    },
    status: () => ({ isConnected: true, connections: 1, problem: null }),
    async close() {
      isClosed = true;
    },
  };
}

async function place(folder: string, file: OutgoingFile): Promise<void> {
  await mkdir(folder, { recursive: true });
  const location = path.join(folder, file.name);
  if (!(await isThere(location, file.sha256))) await copy(file, location);
  const marker = JSON.stringify({ rows: file.rowCount, bytes: file.sizeBytes, sha256: file.sha256 });
  const temporary = path.join(folder, `.${file.name}.done.part`);
  await writeFile(temporary, `${marker}\n`, { flush: true });
  await rename(temporary, `${location}.done`);
}

async function isThere(location: string, sha256: string): Promise<boolean> {
  try {
    return (await hashFile(location)) === sha256;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function copy(file: OutgoingFile, location: string): Promise<void> {
  const temporary = path.join(path.dirname(location), `.${file.name}.part`);
  const from = await open(file.path).catch((error: unknown) => {
    throw new TainError('outbox.vanished', { file: file.name, path: file.path }, { cause: error });
  });
  const to = await open(temporary, 'w', 0o640);
  try {
    // What is handed over is what was hashed, whatever happens to the file meanwhile.
    const actual = await copyBytes(from, to);
    if (actual !== file.sha256)
      throw new TainError('outbox.changed', { file: file.name, expected: file.sha256, actual });
    await to.sync();
    await to.close();
    await rename(temporary, location);
  } catch (error) {
    await to.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await from.close();
  }
}

/** @returns SHA-256 of what was copied, in hex */
async function copyBytes(from: FileHandle, to: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(BLOCK_BYTES);
  for (;;) {
    const { bytesRead } = await from.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return hash.digest('hex');
    const bytes = buffer.subarray(0, bytesRead);
    hash.update(bytes);
    await to.writeFile(bytes);
  }
}

/** A line that cannot be read is an answer that cannot. */
function readAnswerFile(name: string, content: Buffer): ReceivedAnswer[] {
  const receivedAt = Date.now();
  const [header = '', ...lines] = content.toString('utf8').split(/\r?\n/);
  const columns = splitFields(header);
  const places = COLUMNS.map((column) => (Array.isArray(columns) ? columns.indexOf(column) : -1));
  return lines.flatMap((line, at) => {
    if (line === '') return [];
    const fields = splitFields(line);
    const [kind, subject, verdict, issues] = places.map((place) =>
      Array.isArray(fields) ? fields[place] : undefined,
    );
    const answer = readAnswerFields({ kind, subject, verdict, issues: readJson(issues) });
    return [{ session: name, sequence: at + 1, receivedAt, bytes: Buffer.from(line, 'utf8'), answer }];
  });
}

function readJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}

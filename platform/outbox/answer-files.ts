/**
 * Answers that lie in a folder as files of lines, with the columns kind, subject, verdict and issues (JSON). A file is read
 * when it has stood still for a look, up to its last line break; one that has grown is read on, and another file under the
 * same name is another generation of it. How much was read is noted by whoever reads, so that what was read once is not
 * opened again.
 */
import { createHash } from 'node:crypto';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { splitFields } from '../../domain/csv/fields.ts';
import { readAnswerFields } from '../../domain/outbound/answer.ts';
import { inspectLines, readLines, type InspectedLines } from './answer-lines.ts';
import type { AnswerFileNote } from '../../contracts/outbound.ts';
import type { AnswerFileNotes, ReceivedAnswer } from './outbound-target.ts';

const COLUMNS = ['kind', 'subject', 'verdict', 'issues'] as const;
/** What the name of a session can be in the database, and in a log. */
const ANSWER_FILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.csv$/;
/** How long a last line without a line break stands still before it is taken for whole. */
const REST_MS = 60_000;

export type AnswerReader = {
  /** The next answers of files that are there, none when there are none. @throws the system's error */
  read(max: number): Promise<readonly ReceivedAnswer[]>;
  close(): Promise<void>;
};

type Reading = {
  readonly name: string;
  readonly note: AnswerFileNote;
  readonly handle: FileHandle;
  readonly answers: AsyncGenerator<ReceivedAnswer>;
  /** Was all of it what was looked at? Known at its end. */
  readonly isSound: () => boolean;
};

/** Reads the answers of a folder. @param restMs how long a line without an end stands still before it is taken */
export function createAnswerReader(folder: string, notes: AnswerFileNotes, restMs = REST_MS): AnswerReader {
  /** How files looked at the look before, since when, and whether that was read. */
  const seen = new Map<string, { readonly version: string; readonly tick: number; isDone: boolean }>();
  let known: Map<string, AnswerFileNote> | null = null;
  let reading: Reading | null = null;
  /** Read to its end; noted when its answers are stored, which they are when more are asked for. */
  let ended: Reading | null = null;

  const settle = async (): Promise<void> => {
    if (ended === null) return;
    const { name, note } = ended;
    ended = null;
    await notes.end(name, note);
    known?.set(name, { ...note, isRead: true });
  };

  /** Opens a file if there is something new in it. */
  const begin = async (name: string): Promise<Reading | null> => {
    const location = path.join(folder, name);
    const found = await stat(location).catch(ignoreMissing);
    if (found === null || !found.isFile()) return null;
    const version = `${found.size} ${found.mtimeMs}`;
    const before = known!.get(name) ?? null;
    if (before?.isRead && before.version === version) return null;
    const last = seen.get(name);
    if (last?.version !== version) {
      seen.set(name, { version, tick: performance.now(), isDone: false });
      return null;
    }
    const takesRest = performance.now() - last.tick >= restMs;
    if (last.isDone && !takesRest) return null;
    const handle = await open(location).catch(ignoreMissing);
    if (handle === null) return null;
    const inspected = await inspectLines(handle, before?.sizeBytes ?? 0, takesRest);
    const { note, skip } = plan(before, version, inspected);
    last.isDone = true;
    if (skip < note.lineCount && (await notes.begin(name, before, note)))
      return openReading(name, note, handle, skip);
    await handle.close();
    // Somebody else reads it, and may stop half way.
    if (skip < note.lineCount) {
      known = null;
      last.isDone = false;
    }
    return null;
  };

  const look = async (): Promise<void> => {
    known ??= new Map(await notes.list());
    const names = (await readdir(folder).catch(ignoreMissing)) ?? [];
    for (const name of names.filter((one) => ANSWER_FILE.test(one)).sort()) {
      if (known === null) return;
      reading = await begin(name);
      if (reading !== null) return;
    }
  };

  return {
    async read(max) {
      await settle();
      if (reading === null) await look();
      if (reading === null) return [];
      const taken: ReceivedAnswer[] = [];
      while (taken.length < max) {
        const next = await reading.answers.next();
        if (next.done) {
          await reading.handle.close();
          // A file that was changed under our eyes is looked at again.
          if (reading.isSound()) ended = reading;
          else seen.delete(reading.name);
          reading = null;
          break;
        }
        taken.push(next.value);
      }
      if (taken.length === 0) await settle();
      return taken;
    },
    async close() {
      await reading?.handle.close();
      reading = null;
    },
  };
}

function ignoreMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw error;
}

/** What is to be read of a file: which generation, and how many of its lines are known. */
function plan(
  before: AnswerFileNote | null,
  version: string,
  { sizeBytes, lineCount, sha256, hasRest, prefixSha256, prefixEndsLine }: InspectedLines,
): { readonly note: AnswerFileNote; readonly skip: number } {
  const isSame =
    before !== null &&
    prefixSha256 === before.sha256 &&
    sizeBytes >= before.sizeBytes &&
    (prefixEndsLine || sizeBytes === before.sizeBytes);
  const generation = isSame ? before.generation : (before?.generation ?? 0) + 1;
  const skip = isSame && before.isRead ? before.lineCount : 0;
  // One with a line that has no end yet is looked at again.
  return {
    note: { generation, version: hasRest ? '' : version, sizeBytes, lineCount, sha256, isRead: false },
    skip,
  };
}

function openReading(name: string, note: AnswerFileNote, handle: FileHandle, skip: number): Reading {
  const hash = createHash('sha256');
  const session = note.generation === 1 ? name : `${name}#${note.generation}`;
  let isSound = false;
  async function* answers(): AsyncGenerator<ReceivedAnswer> {
    let places: readonly number[] | null = null;
    let line = 0;
    for await (const bytes of readLines(handle, note.sizeBytes, (read) => hash.update(read))) {
      line += 1;
      const text = bytes.toString('utf8').replace(/\r$/, '');
      if (places === null) {
        const columns = splitFields(text.replace(/^\ufeff/, ''));
        places = COLUMNS.map((column) => (Array.isArray(columns) ? columns.indexOf(column) : -1));
      } else if (line > skip && text !== '')
        yield { session, sequence: line - 1, receivedAt: Date.now(), bytes, answer: readLine(text, places) };
    }
    isSound = hash.digest('hex') === note.sha256;
  }
  return { name, note, handle, answers: answers(), isSound: () => isSound };
}

/** A line that cannot be read is an answer that cannot. */
function readLine(text: string, places: readonly number[]) {
  const fields = splitFields(text);
  const [kind, subject, verdict, issues] = places.map((place) =>
    Array.isArray(fields) ? fields[place] : undefined,
  );
  return readAnswerFields({ kind, subject, verdict, issues: readJson(issues) });
}

function readJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}

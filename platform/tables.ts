/** The table folder (TAIN_TABLE_DIR): sizes, rates, our own entities and holidays, each of which may be missing. */
import { isUtf8 } from 'node:buffer';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { TainError } from '../contracts/errors.ts';
import { BUILT_IN_TABLES, type Tables } from '../domain/cftc/built-in-tables.ts';
import { isTableFile, loadTables, TABLE_FILES } from '../domain/cftc/load-tables.ts';

/** Rates of every currency for a hundred years are a third of it. */
const MAX_BYTES = 64 * 1024 ** 2;

/**
 * Loads the tables of a folder: all of them, or none.
 * @param folder undefined: there is none, and the built-in tables are used
 * @throws TainError table.invalid, naming file, line, field, value and rule; table.unknown for a CSV file that is no
 *   table, because its sizes would be missed without a word; table.unreadable
 */
export async function openTables(folder: string | undefined): Promise<Tables> {
  if (folder === undefined) return BUILT_IN_TABLES;
  const names = (await readdir(folder).catch((error: unknown) => fail(folder, error))).sort();
  const stray = names.find((name) => /\.csv$/i.test(name) && !isTableFile(name));
  if (stray !== undefined)
    throw new TainError('table.unknown', { file: stray, path: folder, tables: TABLE_FILES });
  const found = names.filter(isTableFile);
  if (found.length === 0)
    throw new TainError('table.unreadable', { path: folder, reason: `no ${TABLE_FILES}` });

  const texts = new Map<string, string>();
  for (const name of found) texts.set(name, await readText(path.join(folder, name)));
  const loaded = loadTables(texts);
  if ('problem' in loaded) throw new TainError(loaded.problem.code, loaded.problem.params);
  return loaded.tables;
}

async function readText(file: string): Promise<string> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new TainError('table.unreadable', { path: file, reason: 'not a file' });
    if (found.size > MAX_BYTES)
      throw new TainError('table.unreadable', { path: file, reason: `larger than ${MAX_BYTES} bytes` });
    const bytes = await readFile(file);
    if (!isUtf8(bytes)) throw new TainError('table.unreadable', { path: file, reason: 'not UTF-8' });
    return bytes.toString('utf8');
  } catch (error) {
    return fail(file, error);
  }
}

function fail(place: string, error: unknown): never {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || typeof syscall !== 'string') throw error;
  throw new TainError('table.unreadable', { path: place, reason: code }, { cause: error });
}

/** The register folder (TAIN_REGISTER_DIR): upi.csv, lei.csv and mic.csv, each of which may be missing. */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { TainError } from '../contracts/errors.ts';
import { loadRegisters, REGISTER_FILES, type RegisterSource } from '../domain/cftc/load-registers.ts';
import type { Registers } from '../domain/cftc/registers.ts';
import { createSliceHash } from './slice-hash.ts';

/**
 * The register files of a folder.
 * @param folder undefined: there is none, and the built-in registers are used
 * @throws TainError register.unreadable when it cannot be listed, or has none of the files
 */
export async function findRegisterFiles(folder: string | undefined): Promise<RegisterSource[]> {
  if (folder === undefined) return [];
  const names = await readdir(folder).catch((error: unknown) => fail(folder, error));
  const found = REGISTER_FILES.filter((name) => names.includes(name));
  if (found.length === 0)
    throw new TainError('register.unreadable', { path: folder, reason: `no ${REGISTER_FILES.join(', ')}` });
  return found.map((name) => ({ name, content: () => readBinary(path.join(folder, name)) }));
}

/**
 * Loads the registers of a folder.
 * @throws TainError register.unreadable; register.invalid, naming file, line, field and value
 */
export async function openRegisters(folder: string | undefined): Promise<Registers> {
  const loaded = await loadRegisters(await findRegisterFiles(folder), createSliceHash);
  if ('problem' in loaded) throw new TainError(loaded.problem.code, loaded.problem.params);
  return loaded.registers;
}

async function* readBinary(file: string): AsyncGenerator<string> {
  try {
    for await (const block of createReadStream(file, { highWaterMark: 1024 ** 2, encoding: 'latin1' }))
      yield block as string;
  } catch (error) {
    fail(file, error);
  }
}

function fail(place: string, error: unknown): never {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || typeof syscall !== 'string') throw error;
  throw new TainError('register.unreadable', { path: place, reason: code }, { cause: error });
}

/** The registers of a process: those of its folder, read once, and those that a file was judged with before. */
import { registersOf, storeRegisters } from '../db/registers.ts';
import type { Registers } from '../domain/cftc/registers.ts';
import { findRegisterFiles, openRegisters } from '../platform/registers.ts';
import type { Sql } from '../platform/postgres.ts';

export type RegisterShelf = {
  /** The registers in use, kept for later proofs before the first record is judged with them. */
  current(): Promise<Registers>;
  /** The registers of a version: a file that was begun with older ones is ended with them. */
  ofVersion(version: string | null): Promise<Registers>;
};

/**
 * @param folder TAIN_REGISTER_DIR; a change in it counts from the next start of the process
 * @throws TainError register.unreadable, register.invalid, register.unknown from its functions
 */
export function createRegisterShelf(sql: Sql, folder: string | undefined): RegisterShelf {
  let current: Promise<Registers> | null = null;
  const open = async (): Promise<Registers> => {
    const registers = await openRegisters(folder);
    await storeRegisters(sql, registers.version, await findRegisterFiles(folder));
    return registers;
  };
  const openOnce = (): Promise<Registers> => {
    if (current) return current;
    const opening = open();
    current = opening;
    // What failed is tried again: a file may have been half written.
    opening.catch(() => (current = null));
    return opening;
  };
  return {
    current: openOnce,
    async ofVersion(version) {
      const own = await current;
      return own?.version === version ? own : registersOf(sql, version);
    },
  };
}

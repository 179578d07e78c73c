/** The embedded Temporal beside a database that was restored: what it ran is of another one. */
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from './start-error.ts';

/**
 * Moves what Temporal keeps in a state directory aside: its workflows name files by numbers that the restored database
 * gives to others. Call it while no Temporal runs there.
 * @param label told apart by it, like the id of a backup
 * @returns where it is now; null when there was none
 */
export async function setTemporalAside(stateDir: string, label: string): Promise<string | null> {
  const aside = path.join(stateDir, `temporal-before-${label}`);
  try {
    await rename(path.join(stateDir, 'temporal'), aside);
    return aside;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Room on the disk, asked before a start: programs that cannot even write their log do not say why they end. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { StartError } from './start-error.ts';

const MEGABYTE = 1024 ** 2;
/** Enough for the engines' files and a first day. */
const LEAST_FREE_MB = 256;

/**
 * @param directory need not exist yet
 * @param leastMb room that must be left, in MB
 * @throws StartError when its disk has less
 */
export async function requireRoom(directory: string, leastMb = LEAST_FREE_MB): Promise<void> {
  let existing = directory;
  while (!existsSync(existing)) existing = path.dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  const freeMb = Math.floor((bavail * bsize) / MEGABYTE);
  if (freeMb >= leastMb) return;
  throw new StartError(
    `The disk of ${directory} is full: ${freeMb} MB are left, and Tain needs at least ${leastMb} MB.`,
    'Free some space there and start again; nothing was changed.',
  );
}

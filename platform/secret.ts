/** The secret that signs tokens: from the configuration, or made once and kept under the state directory. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from './config.ts';
import { StartError, systemErrorCode } from './embedded/start-error.ts';

/**
 * Only its owner can read the file. Processes may race for it: the first one's secret counts.
 * @throws StartError when it can be neither read nor made, or is empty
 */
export async function loadJwtSecret(
  config: Pick<Config, 'TAIN_JWT_SECRET' | 'TAIN_STATE_DIR'>,
): Promise<string> {
  if (config.TAIN_JWT_SECRET) return config.TAIN_JWT_SECRET;
  const file = path.join(config.TAIN_STATE_DIR, 'jwt-secret');
  try {
    const secret = (await readIfThere(file)) ?? (await makeSecret(file));
    if (secret !== '') return secret;
  } catch (error) {
    const reason = systemErrorCode(error);
    if (reason === undefined) throw error;
    throw new StartError(
      `The secret that signs tokens can be neither read nor made: ${file} (${reason}).`,
      'Run this as the user who starts Tain, or set TAIN_STATE_DIR to a directory of your own, or TAIN_JWT_SECRET.',
      { cause: error },
    );
  }
  throw new StartError(
    `The secret that signs tokens is empty: ${file}.`,
    'Remove that file and start Tain again: it makes a new secret, and tokens made before count no more.',
  );
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** A link to a finished file, as another process must not read an empty one first. */
async function makeSecret(file: string): Promise<string> {
  await makeDirectory(path.dirname(file));
  const own = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`;
  await writeFile(own, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' });
  try {
    await link(own, file);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  } finally {
    await rm(own, { force: true });
  }
  return (await readFile(file, 'utf8')).trim();
}

/** mkdir's own `recursive` never ends where directories cannot be made, as in /proc. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    const reason = systemErrorCode(error);
    if (reason === 'EEXIST') return;
    if (reason !== 'ENOENT' || path.dirname(directory) === directory) throw error;
    await makeDirectory(path.dirname(directory));
    await mkdir(directory).catch((second: unknown) => {
      if (systemErrorCode(second) !== 'EEXIST') throw second;
    });
  }
}

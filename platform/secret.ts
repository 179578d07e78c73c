/** The secret that signs tokens: from the configuration, or made once and kept under the state directory. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from './config.ts';

/** Only its owner can read the file. Processes may race for it: the first one's secret counts. */
export async function loadJwtSecret(
  config: Pick<Config, 'TAIN_JWT_SECRET' | 'TAIN_STATE_DIR'>,
): Promise<string> {
  if (config.TAIN_JWT_SECRET) return config.TAIN_JWT_SECRET;
  const file = path.join(config.TAIN_STATE_DIR, 'jwt-secret');
  await mkdir(config.TAIN_STATE_DIR, { recursive: true });
  try {
    await writeFile(file, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}

/** Settings files of the demonstration. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Writes a settings file as JSON; it is complete whenever there is one. */
export async function writeDemoSettings(file: string, settings: object): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.part`, `${JSON.stringify(settings, null, 2)}\n`);
  await rename(`${file}.part`, file);
}

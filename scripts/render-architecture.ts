/** The table of the house: per lifecycle, the files of its stem in every layer. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { ROOT_DIR } from '../platform/config.ts';

/** Layers with a file per feature; a feature's first word is enough there ("files.ts" holds the table of files). */
const LAYERS: Record<string, 'stem' | 'word'> = {
  contracts: 'word',
  workflows: 'stem',
  activities: 'word',
  db: 'word',
  'api/routes': 'word',
  'cli/commands': 'word',
};

const toKebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export async function renderArchitectureTable(): Promise<string> {
  const layers = Object.keys(LAYERS);
  const rows = [
    `| lifecycle | queue | ${layers.join(' | ')} |`,
    `| --- | --- |${' --- |'.repeat(layers.length)}`,
  ];
  for (const [name, { taskQueue }] of Object.entries(LIFECYCLES)) {
    const stem = toKebab(name);
    const word = stem.split('-')[0]!;
    const cells = await Promise.all(
      layers.map(async (layer) => {
        const names = await readdir(path.join(ROOT_DIR, layer)).catch(() => []);
        const wanted = LAYERS[layer] === 'stem' ? stem : word;
        return names
          .filter((file) => file.endsWith('.ts') && file.startsWith(wanted))
          .sort()
          .join(', ');
      }),
    );
    rows.push(`| \`${stem}\` | ${taskQueue} | ${cells.join(' | ')} |`);
  }
  return [...rows, ''].join('\n');
}

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

/** Stems whose files begin otherwise than with their own first word, and those that are no other's. */
const WORDS: Record<string, { readonly words: readonly string[]; readonly not: readonly string[] }> = {
  'stream-ingest': { words: ['stream', 'feed'], not: ['feed-backfill'] },
  'cftc-day': {
    words: [
      'cftc-day',
      'days.ts',
      'day.ts',
      'cut',
      'day-inputs',
      'day-views',
      'message-states',
      'open-swaps',
      'day-messages',
      'outbox-files',
    ],
    not: [],
  },
  'day-opener': { words: ['day-opener'], not: [] },
  'feed-backfill': { words: ['feed-backfill'], not: [] },
  'on-demand-report': { words: ['on-demand', 'report'], not: [] },
  delivery: { words: ['deliver', 'outbound', 'message'], not: ['outbound-live', 'message-states'] },
  'outbound-live': { words: ['outbound-live', 'at-once', 'live-sender'], not: [] },
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
    const { words, not } = WORDS[stem] ?? { words: [stem.split('-')[0]!], not: [] };
    const cells = await Promise.all(
      layers.map(async (layer) => {
        const names = await readdir(path.join(ROOT_DIR, layer)).catch(() => []);
        const wanted = LAYERS[layer] === 'stem' ? [stem] : words;
        const begins = (file: string, any: readonly string[]): boolean =>
          any.some((word) => file.startsWith(word));
        return names
          .filter((file) => file.endsWith('.ts') && begins(file, wanted) && !begins(file, not))
          .sort()
          .join(', ');
      }),
    );
    rows.push(`| \`${stem}\` | ${taskQueue} | ${cells.join(' | ')} |`);
  }
  return [...rows, ''].join('\n');
}

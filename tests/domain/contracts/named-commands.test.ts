import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = path.join(import.meta.dirname ?? __dirname, '../../..');

const readAll = (folder: string): Map<string, string> =>
  new Map(
    readdirSync(path.join(ROOT, folder)).map((name) => [
      name,
      readFileSync(path.join(ROOT, folder, name), 'utf8'),
    ]),
  );

/** Names that the files of a command make commands of, the command itself among them. */
function commandsOf(sources: ReadonlyMap<string, string>, command: string): Set<string> {
  const own = [...sources].filter(([name]) => name === `${command}.ts` || name.startsWith(`${command}-`));
  return new Set(
    own.flatMap(([, text]) =>
      [...text.matchAll(/(?:command|change)\(\s*'([a-z-]+)/g)].map(([, name]) => name!),
    ),
  );
}

test('every command that a text names is one', () => {
  const sources = readAll('cli/commands');
  const unknown: string[] = [];
  let named = 0;
  for (const [file, text] of readAll('contracts/texts')) {
    for (const [words, command, next] of text.matchAll(/\btain ([a-z]+)(?: ([a-z][a-z-]+))?/g)) {
      named += 1;
      const known = commandsOf(sources, command!);
      // A word behind a command without others under it is the sentence's.
      const isKnown = known.has(command!) && (known.size === 1 || next === undefined || known.has(next));
      if (!isKnown) unknown.push(`${file}: ${words}`);
    }
  }
  expect(unknown).toEqual([]);
  expect(named).toBeGreaterThan(50);
});

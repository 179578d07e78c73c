/**
 * Files that are made from the sources: settings, API description, database schema, the table of the house, rules.
 * `npm run generate` writes them; `npm run check` fails when one of them is out of date.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format } from 'prettier';
import { ROOT_DIR } from '../platform/config.ts';
import { renderArchitectureTable } from './render-architecture.ts';
import { renderOpenApi } from './render-openapi.ts';
import { RULE_PAGES } from './render-rules.ts';
import { RUNBOOK_PAGES } from './render-runbooks.ts';
import { renderSchema } from './render-schema.ts';
import { renderEnvExample, renderSettingsTable } from './render-settings.ts';

type Generated = { readonly file: string; readonly render: (present: string) => Promise<string> };

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->` of a page. */
const between =
  (name: string, render: () => Promise<string>) =>
  async (page: string): Promise<string> => {
    const pattern = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!pattern.test(page)) throw new Error(`The page has no place for <!-- ${name} -->.`);
    const body = await render();
    const changed = page.replace(
      pattern,
      (_match, open: string, close: string) => `${open}\n${body}\n${close}`,
    );
    return format(changed, { parser: 'markdown', printWidth: 110 });
  };

const GENERATED: readonly Generated[] = [
  { file: '.env.example', render: async () => renderEnvExample() },
  { file: 'README.md', render: between('settings', async () => renderSettingsTable()) },
  { file: 'docs/architecture.md', render: between('stems', renderArchitectureTable) },
  { file: 'api/openapi.json', render: renderOpenApi },
  { file: 'db/schema.sql', render: renderSchema },
  ...RULE_PAGES,
  ...RUNBOOK_PAGES,
];

/** Names of generated files that differ from what the sources say. */
export async function findDrift(): Promise<string[]> {
  const drifted: string[] = [];
  for (const { file, present, wanted } of await renderAll()) if (present !== wanted) drifted.push(file);
  return drifted;
}

async function renderAll() {
  const rendered = [];
  for (const { file, render } of GENERATED) {
    const present = await readFile(path.join(ROOT_DIR, file), 'utf8').catch(() => '');
    rendered.push({ file, present, wanted: await render(present) });
  }
  return rendered;
}

if (import.meta.main) {
  for (const { file, present, wanted } of await renderAll()) {
    if (present === wanted) continue;
    await writeFile(path.join(ROOT_DIR, file), wanted);
    process.stdout.write(`wrote ${file}\n`);
  }
}

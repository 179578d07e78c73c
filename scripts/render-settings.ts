/** The settings as .env.example and as a table, from the schema in platform/config.ts. */
import { SETTINGS } from '../platform/config.ts';

type Setting = { name: string; meaning: string; fallback: string };

function listSettings(): Setting[] {
  return Object.entries(SETTINGS.shape).map(([name, schema]) => {
    const given: unknown = schema.safeParse(undefined).data;
    // What is read into an object has no default.
    const fallback = ['string', 'number', 'boolean'].includes(typeof given) ? `${given as string}` : '';
    return { name, meaning: schema.description ?? '', fallback };
  });
}

export function renderEnvExample(): string {
  const lines = [
    '# Settings of Tain. Copy this file to .env and change what you need; absent lines keep the defaults.',
  ];
  for (const { name, meaning, fallback } of listSettings())
    lines.push('', `# ${meaning}`, `# ${name}=${fallback}`);
  return `${lines.join('\n')}\n`;
}

export function renderSettingsTable(): string {
  const rows = listSettings().map(
    ({ name, meaning, fallback }) => `| \`${name}\` | ${fallback} | ${meaning} |`,
  );
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

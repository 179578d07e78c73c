/** docs/runbooks: what every error code and every exception means, and who does what about it. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { format } from 'prettier';
import { ERRORS, type ErrorCode } from '../contracts/errors.ts';
import { EXCEPTION_KINDS, LASTING_KINDS, ownerRoleOf } from '../contracts/exceptions.ts';
import { ENGLISH_ERRORS } from '../contracts/texts/en-errors.ts';
import { EXCEPTIONS_EN } from '../contracts/texts/exceptions-en.ts';
import { ROOT_DIR } from '../platform/config.ts';
import { AREA_OF_FAMILY, AREAS, CODE_STEPS, type RunbookArea } from './runbook-areas.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

const areaOf = (code: ErrorCode): RunbookArea =>
  AREA_OF_FAMILY[code.split('.')[0] as keyof typeof AREA_OF_FAMILY];

const pageOf = (area: RunbookArea): string => `errors-${area}.md`;
const anchorOf = (code: string): string => code.replaceAll(/[^a-z0-9-]/g, '');

/** Stands for a name or figure of an error's sentence. */
const placeholder = (name: string): string => `‹${name}›`;

/** The sentence of an error with its parameters left open; null where they decide what it says. */
function sentenceOf(code: ErrorCode): string | null {
  try {
    const sentence = ENGLISH_ERRORS[code].detail(placeholder);
    return sentence.includes('undefined') ? null : sentence;
  } catch {
    return null;
  }
}

const points = (itself: string, you: string, over: string): string =>
  [`- **Tain by itself:** ${itself}`, `- **You:** ${you}`, `- **It is over when:** ${over}`].join('\n');

function renderCode(code: ErrorCode): string {
  const { httpStatus, retryable } = ERRORS[code];
  const { title, help } = ENGLISH_ERRORS[code];
  const area = AREAS[areaOf(code)];
  const {
    itself = retryable ? area.retried : area.final,
    steps = [],
    over = area.over,
  } = CODE_STEPS[code] ?? {};
  const sentence = sentenceOf(code);
  return [
    `## \`${code}\``,
    `${title} (HTTP ${httpStatus}).${sentence === null ? '' : ` It says: _${sentence}_`}`,
    points(itself, `${help}${steps.map((step) => `\n  - ${step}`).join('')}`, over),
  ].join('\n\n');
}

function renderArea(area: RunbookArea): string {
  const { title, intro } = AREAS[area];
  const codes = CODES.filter((code) => areaOf(code) === area);
  return [
    `# Errors: ${title}`,
    'Made of the table of errors by `npm run generate`; what stands beside the words of the errors is in ' +
      '`scripts/runbook-areas.ts`.',
    intro,
    ...codes.map(renderCode),
  ].join('\n\n');
}

/** What `exception-watch` tells TAIN_ALERT_URL, and `tain exceptions` lists. */
function renderExceptions(): string {
  const kinds = EXCEPTION_KINDS.map((kind) => {
    const { title, remedy } = EXCEPTIONS_EN.kinds[kind];
    const end = LASTING_KINDS.includes(kind)
      ? 'Somebody resolves it with a reason (`tain exceptions resolve KEY --reason …`); it comes back with the next one of it.'
      : 'Its cause is gone: it leaves `tain exceptions` by itself, and `TAIN_ALERT_URL` is told so.';
    return [
      `## \`${kind}\``,
      `${title(placeholder, '‹count›').trim()} Whose it is while nobody has taken it: ${ownerRoleOf(kind)}.`,
      points(
        'It goes on with everything else, and looks again at every round of `exception-watch`.',
        remedy(placeholder),
        end,
      ),
    ].join('\n\n');
  });
  return [
    '# What needs a person',
    'Made of the texts of exceptions by `npm run generate`. `tain exceptions` lists them with their keys, `tain exceptions ' +
      'show KEY` what each is made of, `tain exceptions take KEY` says who is at it. `TAIN_ALERT_URL` is told of each once ' +
      'when it comes and once when it goes.',
    ...kinds,
  ].join('\n\n');
}

async function renderIndex(): Promise<string> {
  const alerts = (await readdir(path.join(ROOT_DIR, 'docs/runbooks/alerts')))
    .sort()
    .map((file) => path.parse(file).name);
  const row = (code: ErrorCode): string =>
    `| [\`${code}\`](${pageOf(areaOf(code))}#${anchorOf(code)}) | ${ENGLISH_ERRORS[code].title} | ${ERRORS[code].retryable ? 'yes' : ''} |`;
  return [
    '# Runbooks',
    'Made by `npm run generate`. Every page says what a thing means, what Tain does by itself, what you do, and how you see ' +
      'that it is over.',
    '- [What needs a person](exceptions.md): what `TAIN_ALERT_URL` is told\n- [Backup and restore](restore.md)',
    '## Alerts of Prometheus',
    alerts.map((name) => `- [${name}](alerts/${name}.md)`).join('\n'),
    '## Errors',
    ['| code | what | tried again by itself |', '| --- | --- | --- |', ...CODES.map(row)].join('\n'),
  ].join('\n\n');
}

const page = (name: string, render: () => string | Promise<string>) => ({
  file: `docs/runbooks/${name}`,
  render: async () => format(await render(), { parser: 'markdown', printWidth: 110 }),
});

/** The pages, each with the file that it is written to. */
export const RUNBOOK_PAGES = [
  page('README.md', renderIndex),
  page('exceptions.md', renderExceptions),
  ...(Object.keys(AREAS) as RunbookArea[]).map((area) => page(pageOf(area), () => renderArea(area))),
];

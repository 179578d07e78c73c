/**
 * Runs the commands of the README as a newcomer would: `npm start` in one terminal, the others beside it, in order.
 * A comment "exits N" behind a command is its expected exit code. Commands of the section "Test" are stages of .ci/run.
 * What the README shows of the start must be what the start prints, but for numbers and for the example it picks: each
 * date has its own demonstration day. The numbers and the example must be those of the day of the README's date.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseFolderDate } from '../contracts/folders.ts';
import { SEED } from '../demo/load-day.ts';
import { writeDay } from '../demo/write-day.ts';
import { ROOT_DIR } from '../platform/config.ts';
import { removeState } from '../platform/embedded/postgres-home.ts';

type ReadmeCommand = { readonly line: string; readonly exitCode: number };

const RUN_ELSEWHERE = 'Test';
const START = 'npm start';
const READY_TEXT = 'Ctrl-C stops everything';
const START_TIMEOUT_MS = 600_000;

/** Commands of the ```sh blocks, in their order. */
function readCommands(readme: string): ReadmeCommand[] {
  const commands: ReadmeCommand[] = [];
  let section = '';
  let inShell = false;
  for (const line of readme.split('\n')) {
    if (line.startsWith('## ')) section = line.slice(3).trim();
    if (line.startsWith('```')) inShell = line === '```sh';
    else if (inShell && section !== RUN_ELSEWHERE && line.trim() !== '') {
      const [command, comment] = line.split(/\s+#\s/);
      commands.push({ line: command!.trim(), exitCode: Number(/exits (\d+)/.exec(comment ?? '')?.[1] ?? 0) });
    }
  }
  return commands;
}

/** Lines of the first ```text block: what the start prints, and of the day its counts and the example. */
function readShownLines(readme: string): { start: string[]; day: string[] } {
  const lines = (/```text\n([\s\S]*?)```/.exec(readme)?.[1] ?? '').split('\n').map((line) => line.trim());
  const filled = lines.filter((line) => line !== '');
  const example = filled.findIndex((line) => line.startsWith('One of the rejected'));
  const reporting = filled.findIndex((line) => line.startsWith('The CFTC day'));
  const counts = filled.find((line) => line.startsWith('read ')) ?? 'read (the README shows no counts)';
  return {
    start: [...filled.slice(0, example), ...filled.slice(reporting)],
    day: [counts, ...filled.slice(example + 1, reporting)],
  };
}

const withoutNumbers = (text: string): string => text.replaceAll(/\d[\d,]*/g, '#');

const home = await mkdtemp(path.join(tmpdir(), 'tain-readme-'));
const env = {
  ...process.env,
  TAIN_STATE_DIR: path.join(home, 'state'),
  TAIN_DATA_DIR: path.join(home, 'data'),
};

function run(line: string): { child: ChildProcess; ended: Promise<number | null>; output: () => string } {
  const child = spawn('bash', ['-c', line], { cwd: ROOT_DIR, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (output += data.toString()));
  return { child, ended: new Promise((resolve) => child.on('close', resolve)), output: () => output };
}

/** What Tain says of the demonstration day of the date that the README shows. */
async function validateShownDay(text: string): Promise<string> {
  const date = parseFolderDate(/demo-(\d{8})\.csv/.exec(text)?.[1] ?? '');
  const rows = Number(/read ([\d,]+) =/.exec(text)?.[1]?.replaceAll(',', ''));
  if (date === null) return '';
  const manifestFile = path.join(home, 'shown.manifest.ndjson');
  const { file } = await writeDay({ seed: SEED, rows, date, directory: home, manifestFile });
  const validated = run(`./tain validate ${file}`);
  await validated.ended;
  return validated.output();
}

async function waitForStart(started: ReturnType<typeof run>): Promise<boolean> {
  const until = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < until && started.child.exitCode === null) {
    if (started.output().includes(READY_TEXT)) return true;
    await sleep(200);
  }
  return false;
}

let failed = 0;
const readme = await readFile(path.join(ROOT_DIR, 'README.md'), 'utf8');
const commands = readCommands(readme);
let started: ReturnType<typeof run> | null = null;
for (const { line, exitCode } of commands) {
  const running = run(line);
  if (line === START) started = running;
  const held = line === START ? await waitForStart(running) : (await running.ended) === exitCode;
  process.stdout.write(`${held ? 'ok  ' : 'FAIL'} ${line}\n`);
  if (!held) {
    failed += 1;
    process.stdout.write(running.output());
  }
}
const shown = readShownLines(readme);
const printed = withoutNumbers(started?.output() ?? '');
const ofItsDay = await validateShownDay(readme);
const missing = [
  ...shown.start.filter((line) => !printed.includes(withoutNumbers(line))),
  ...shown.day.filter((line) => !ofItsDay.includes(line)),
];
for (const line of missing) {
  failed += 1;
  process.stdout.write(`FAIL the README shows a line that is not printed: ${line}\n`);
}
if (started && started.child.exitCode === null) {
  started.child.kill('SIGTERM');
  await Promise.race([started.ended, sleep(60_000)]);
}
removeState(env.TAIN_STATE_DIR);
await rm(home, { recursive: true, force: true });
process.stdout.write(`${commands.length - failed} passed, ${failed} failed, 0 skipped\n`);
process.exit(failed === 0 && commands.length > 0 ? 0 : 1);

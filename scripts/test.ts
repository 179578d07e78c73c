/**
 * npm test: starts the engines that the chosen tests need, runs jest, stops what it started. Arguments go to jest.
 * The last line counts the tests: "N passed, N failed, N skipped".
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT_DIR } from '../platform/config.ts';
import { startTestEngines } from '../tests/support/engines.ts';

const jestArgs = process.argv.slice(2);
const workDir = await mkdtemp(path.join(tmpdir(), 'tain-test-'));
/** Projects whose tests need no engines. */
const PURE = ['domain', 'oracle'];
const [, ...named] = jestArgs.slice(jestArgs.indexOf('--selectProjects'));
const end = named.findIndex((arg) => arg.startsWith('-'));
const isPure =
  jestArgs.includes('--selectProjects') &&
  named.slice(0, end < 0 ? named.length : end).every((name) => PURE.includes(name));

const engines = isPure ? null : await startTestEngines(workDir, (line) => process.stderr.write(`${line}\n`));
let code = 1;
try {
  code = await runJest(engines?.env ?? {});
} finally {
  await engines?.stop();
  await printCounts();
  await rm(workDir, { recursive: true, force: true });
}
process.exit(code);

async function runJest(env: Record<string, string>): Promise<number> {
  const jest = path.join(ROOT_DIR, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(
    process.execPath,
    [jest, '--json', `--outputFile=${workDir}/result.json`, ...jestArgs],
    {
      cwd: ROOT_DIR,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...env },
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve(exitCode ?? 1));
  });
}

async function printCounts(): Promise<void> {
  const text = await readFile(path.join(workDir, 'result.json'), 'utf8').catch(() => null);
  if (text === null) return;
  const result = JSON.parse(text) as Record<string, number>;
  const failed = (result['numFailedTests'] ?? 0) + (result['numRuntimeErrorTestSuites'] ?? 0);
  const skipped = (result['numPendingTests'] ?? 0) + (result['numTodoTests'] ?? 0);
  process.stdout.write(`${result['numPassedTests']} passed, ${failed} failed, ${skipped} skipped\n`);
}

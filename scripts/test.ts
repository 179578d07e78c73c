/**
 * npm test: starts the engines that the chosen tests need, runs jest, stops what it started. Arguments go to jest.
 * The last line counts the tests: "N passed, N failed, N skipped".
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT_DIR } from '../platform/config.ts';
import { StartError } from '../platform/embedded/start-error.ts';
import { startTestCluster } from '../tests/support/cluster-engines.ts';
import { startTestEngines, type TestEngines } from '../tests/support/engines.ts';

const jestArgs = process.argv.slice(2);
const workDir = await mkdtemp(path.join(tmpdir(), 'tain-test-'));
/** Projects whose tests need neither database nor Temporal. */
const WITHOUT_ENGINES = ['domain', 'oracle'];
const [, ...rest] = jestArgs.slice(jestArgs.indexOf('--selectProjects'));
const end = rest.findIndex((arg) => arg.startsWith('-'));
const selected = jestArgs.includes('--selectProjects') ? rest.slice(0, end < 0 ? rest.length : end) : [];
const needsEngines = selected.length === 0 || !selected.every((name) => WITHOUT_ENGINES.includes(name));

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const interrupt = new AbortController();
const started: TestEngines[] = [];
let code = 1;
try {
  if (needsEngines) started.push(await startTestEngines(workDir, say));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort());
  if (selected.includes('cluster')) started.push(await startTestCluster(say, interrupt.signal));
  code = await runJest(Object.assign({}, ...started.map(({ env }) => env)) as Record<string, string>);
} catch (error) {
  if (!interrupt.signal.aborted && !(error instanceof StartError)) throw error;
  if (error instanceof StartError) say(`${error.message}\n${error.help}`);
} finally {
  for (const engines of started.reverse()) await engines.stop();
  await printCounts();
  await rm(workDir, { recursive: true, force: true });
}
process.exit(code);

async function runJest(env: Record<string, string>): Promise<number> {
  interrupt.signal.throwIfAborted();
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
  interrupt.signal.addEventListener('abort', () => child.kill());
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

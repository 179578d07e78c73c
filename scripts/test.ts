/**
 * npm test: starts the engines that the chosen tests need, runs jest, stops what it started. Arguments go to jest; without
 * any all tests run, those that share engines and nothing else side by side, then one by one those that start machines of
 * their own or watch how fast somebody is. --cluster, first of all, chooses the tests on a cluster instead: side by side
 * those that have a namespace of their own, then those that need all of it. The last line counts the tests:
 * "N passed, N failed, N skipped".
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT_DIR } from '../platform/config.ts';
import { StartError } from '../platform/embedded/start-error.ts';
import { removeState } from '../platform/embedded/postgres-home.ts';
import { startTestCluster } from '../tests/support/cluster-engines.ts';
import { startTestEngines, type TestEngines } from '../tests/support/engines.ts';

const onCluster = process.argv[2] === '--cluster';
const given = process.argv.slice(onCluster ? 3 : 2);
const workDir = await mkdtemp(path.join(tmpdir(), 'tain-test-'));
const BESIDE = `--maxWorkers=${Math.min(availableParallelism(), 4)}`;
const ALL = [
  ['--selectProjects', 'domain', 'services', 'api', 'replay', BESIDE],
  ['--selectProjects', 'workflows', 'cli', '--maxWorkers=1'],
] as const;
/** Most of their time they wait for a controller. */
const CLUSTER = [
  ['--selectProjects', 'cluster', '--maxWorkers=3'],
  ['--selectProjects', 'cluster-alone', '--maxWorkers=1'],
] as const;
const CHOSEN = onCluster ? ['--selectProjects', 'cluster', 'cluster-alone', '--runInBand'] : [];
const jestArgs = [...CHOSEN, ...given];
const runs: readonly (readonly string[])[] = given.length > 0 ? [jestArgs] : onCluster ? CLUSTER : ALL;
/** Projects whose tests need neither database nor Temporal. */
const WITHOUT_ENGINES = ['domain', 'oracle'];
const [, ...rest] = jestArgs.slice(jestArgs.indexOf('--selectProjects'));
const end = rest.findIndex((arg) => arg.startsWith('-'));
const selected = jestArgs.includes('--selectProjects') ? rest.slice(0, end < 0 ? rest.length : end) : [];
const needsEngines = selected.length === 0 || !selected.every((name) => WITHOUT_ENGINES.includes(name));

/** What tests need cannot be started here (sysexits.h). */
const UNAVAILABLE = 69;

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const interrupt = new AbortController();
const started: TestEngines[] = [];
let code = 1;
try {
  if (needsEngines) started.push(await startTestEngines(workDir, say));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort());
  if (onCluster) started.push(await startTestCluster(say, interrupt.signal));
  const env = Object.assign({}, ...started.map((one) => one.env)) as Record<string, string>;
  code = 0;
  for (const [at, args] of runs.entries()) code = Math.max(code, await runJest(env, args, resultOf(at)));
} catch (error) {
  if (!interrupt.signal.aborted && !(error instanceof StartError)) throw error;
  if (error instanceof StartError) {
    say(`${error.message}\n${error.help}`);
    code = UNAVAILABLE;
  }
} finally {
  for (const engines of started.reverse()) await engines.stop();
  await printCounts();
  removeState(workDir);
}
process.exit(code);

function resultOf(at: number): string {
  return path.join(workDir, `result-${at}.json`);
}

async function runJest(
  env: Record<string, string>,
  args: readonly string[],
  result: string,
): Promise<number> {
  interrupt.signal.throwIfAborted();
  const jest = path.join(ROOT_DIR, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(process.execPath, [jest, '--json', `--outputFile=${result}`, ...args], {
    cwd: ROOT_DIR,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
  interrupt.signal.addEventListener('abort', () => child.kill());
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve(exitCode ?? 1));
  });
}

/** None when not every part has come to its end. */
async function printCounts(): Promise<void> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const at of runs.keys()) {
    const text = await readFile(resultOf(at), 'utf8').catch(() => null);
    if (text === null) return;
    const result = JSON.parse(text) as Record<string, number>;
    counts.passed += result['numPassedTests'] ?? 0;
    counts.failed += (result['numFailedTests'] ?? 0) + (result['numRuntimeErrorTestSuites'] ?? 0);
    counts.skipped += (result['numPendingTests'] ?? 0) + (result['numTodoTests'] ?? 0);
  }
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
}

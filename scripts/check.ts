/**
 * Everything about the sources that must be clean: format, lint, types, import boundaries, dead code, the size of
 * the workflow bundle, and what is generated from the sources. All problems are shown, not only the first.
 */
import { buildWorkflowBundle } from '../platform/workflow-bundle.ts';
import { findDrift } from './generate.ts';
import { runTool } from './run-tool.ts';

/** In bytes. One library that slips into the bundle costs hundreds of kilobytes: look before raising it. */
const BUNDLE_CEILING = 2_150_000;

const stages: [string, () => Promise<string | null>][] = [
  ['format', () => runTool('prettier', ['--check', '--log-level', 'warn', '.'])],
  ['lint', () => runTool('eslint', ['.'])],
  ['types', () => runTool('tsc', ['-p', '.'])],
  [
    'import boundaries',
    () => runTool('depcruise', ['--config', '.dependency-cruiser.cjs', '.', '--output-type', 'err']),
  ],
  // A registry that lacks a platform's package makes npm drop it from the lock, and every clean install then fails.
  ['lock file', () => runTool('npm', ['ci', '--dry-run', '--ignore-scripts'])],
  ['dead code', () => runTool('knip', [])],
  ['workflow bundle', checkBundle],
  ['generated files', checkDrift],
];

async function checkBundle(): Promise<string | null> {
  const bytes = Buffer.byteLength(await buildWorkflowBundle());
  return bytes <= BUNDLE_CEILING
    ? null
    : `The workflow bundle has ${bytes} bytes; the ceiling is ${BUNDLE_CEILING}.`;
}

async function checkDrift(): Promise<string | null> {
  const drifted = await findDrift();
  return drifted.length === 0 ? null : `Out of date: ${drifted.join(', ')}. Run: npm run generate`;
}

let failed = 0;
for (const [name, run] of stages) {
  const started = performance.now();
  const problem = await run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${problem === null ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)\n`);
  if (problem !== null) {
    failed += 1;
    process.stdout.write(`${problem}\n`);
  }
}
process.stdout.write(`${stages.length - failed} passed, ${failed} failed, 0 skipped\n`);
process.exit(failed === 0 ? 0 : 1);

/**
 * Real engines for a test run: a PostgreSQL with a migrated template database, a Temporal server, the workflow
 * bundle. Started once per run by scripts/test.ts; the tests find them through the environment.
 */
import path from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../contracts/lifecycles.ts';
import { migrate } from '../../db/migrate.ts';
import { startPostgres } from '../../platform/embedded/postgres.ts';
import { findTemporal } from '../../platform/embedded/temporal-binary.ts';
import { startTemporal } from '../../platform/embedded/temporal.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { openWorkflowBundle } from '../../platform/workflow-bundle.ts';

export const TEMPLATE_DATABASE = 'tain_template';

export type TestEngines = { readonly env: Record<string, string>; stop(): Promise<void> };

export async function startTestEngines(
  workDir: string,
  onProgress: (line: string) => void,
): Promise<TestEngines> {
  const temporalBinary = await findTemporal({ onProgress });
  const postgres = await startPostgres({
    stateDir: workDir,
    log: path.join(workDir, 'postgres.log'),
    onProgress,
  });
  const temporal = await startTemporal({
    stateDir: workDir,
    binary: temporalBinary.path,
    log: path.join(workDir, 'temporal.log'),
    namespace: 'default',
    searchAttributes: Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map((name) => [name, 'Keyword'])),
  }).catch(async (error: unknown) => {
    await postgres.stop();
    throw error;
  });

  const stop = async (): Promise<void> => {
    await temporal.stop();
    await postgres.stop();
  };
  try {
    await makeTemplate(postgres.url);
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    env: {
      TAIN_TEST_POSTGRES_URL: postgres.url,
      TAIN_TEST_TEMPORAL_ADDRESS: temporal.address,
      TAIN_TEST_WORKFLOW_BUNDLE: await openWorkflowBundle(workDir),
      // Tests that start an instance of their own find the server's binary without searching again.
      TEMPORAL_CLI_PATH: temporalBinary.path,
    },
    stop,
  };
}

/** A migrated database, to be cloned by test files. */
async function makeTemplate(url: string): Promise<void> {
  const admin = connectPostgres(url, 'test', 1);
  await admin`create database ${admin(TEMPLATE_DATABASE)}`;
  await admin.end();
  const template = connectPostgres(withDatabase(url, TEMPLATE_DATABASE), 'test', 1);
  await migrate(template);
  await template.end();
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** What the run provides under a name; a test that is run without `npm test` is told so. */
export function provided(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests with npm test, which starts the engines.`);
  return value;
}

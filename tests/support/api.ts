/** The API as a test file needs it: its own settings, on the database and namespace of the test. */
import type { FastifyInstance } from 'fastify';
import { buildApp, type AppDependencies } from '../../api/app.ts';
import type { Role } from '../../contracts/policy.ts';
import { parseConfig } from '../../platform/config.ts';
import { signToken } from '../../platform/token.ts';

export const SECRET = 'a secret for tests that is long enough';

export const tokenFor = (role: Role, subject = 'tester', lifetimeMs = 60_000): string =>
  signToken(SECRET, subject, role, lifetimeMs);

export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

export function buildTestApp(
  dependencies: Pick<AppDependencies, 'sql' | 'client' | 'log'>,
  settings: Record<string, string> = {},
): Promise<FastifyInstance> {
  // Files of tests are of fixed dates, whenever the tests run.
  const anyDate = { TAIN_DATE_PAST_DAYS: '100000', TAIN_DATE_AHEAD_DAYS: '100000' };
  // What holds the tests' process up is no load of the API; shedding has tests of its own.
  const anyDelay = { TAIN_SHED_DELAY_MS: '60000' };
  const config = parseConfig({ ...anyDate, ...anyDelay, ...settings });
  return buildApp({ ...dependencies, jwtSecret: SECRET, checkAnswers: true, config });
}

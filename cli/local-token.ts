/** Tokens made on this machine, with its secret. */
import { userInfo } from 'node:os';
import type { Role } from '../contracts/policy.ts';
import type { Config } from '../platform/config.ts';
import { StartError } from '../platform/embedded/start-error.ts';
import { loadJwtSecret } from '../platform/secret.ts';
import { signToken } from '../platform/token.ts';

/** @throws StartError where the API takes the tokens of an issuer, and none of ours */
export async function makeLocalToken(
  config: Config,
  subject: string,
  role: Role,
  lifetimeMs: number,
): Promise<string> {
  if (config.TAIN_JWT_ISSUER)
    throw new StartError(
      `The API takes tokens of ${config.TAIN_JWT_ISSUER} and none made here (TAIN_JWT_ISSUER is set).`,
      'Get a token from that issuer and give it to commands as TAIN_TOKEN.',
    );
  return signToken(await loadJwtSecret(config), subject, role, lifetimeMs);
}

/** Who runs the command: the operating system's user, or its number where it has no name (in a container). */
export function localUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

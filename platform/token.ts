/** Making tokens for the API (HS256). The API itself verifies them with the same secret. */
import { createSigner } from 'fast-jwt';
import type { Role } from '../contracts/policy.ts';

/**
 * @param subject who the token speaks for; shown in logs
 * @param lifetimeMs how long it is valid, in ms
 */
export function signToken(secret: string, subject: string, role: Role, lifetimeMs: number): string {
  return createSigner({ key: secret, algorithm: 'HS256', expiresIn: lifetimeMs })({ sub: subject, role });
}

/** How Tain says who it is to a registry, as `docker login` writes it into a config.json. */
import { z } from 'zod';
import { TainError } from '../../contracts/errors.ts';
import { registryOf } from '../../domain/gpu-jobs/image-name.ts';
import { readSettings, type SettingsErrors } from '../settings-file.ts';

export type RegistryLogin =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** Is changed for a token of the registry (OAuth 2 refresh token). */
  | { readonly kind: 'identity'; readonly token: string }
  /** Is a token of the registry. */
  | { readonly kind: 'token'; readonly token: string };

const token = z.string().regex(/^[\x21-\x7e]{0,16384}$/, 'has characters that no header takes');

const Entry = z.looseObject({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: token.optional(),
  registrytoken: token.optional(),
});

/** Docker keeps more in it than logins. */
const LoginFile = z.looseObject({ auths: z.record(z.string(), Entry) });

/**
 * The login for a registry. The file is read each time: tokens in it are replaced.
 * @throws TainError of `errors`: also when it has none for the registry
 */
export async function readRegistryLogin(
  file: string,
  registry: string,
  errors: SettingsErrors,
): Promise<RegistryLogin> {
  const refuse = (place: string, problem: string): never => {
    throw new TainError(errors.invalid, { file, place, problem });
  };
  const { auths } = await readSettings(file, LoginFile, errors).catch((error: unknown) => {
    // The parser quotes what it cannot read, and that may be a password.
    if (error instanceof TainError && error.params['place'] === 'the file')
      return refuse('the file', 'is no JSON with logins in "auths"');
    throw error;
  });
  const found = Object.entries(auths).find(([key]) => hostOf(key) === registry);
  if (!found) return refuse('auths', `has no login for ${registry}; programs of credHelpers are not asked`);
  const [key, entry] = found;
  const { identitytoken, registrytoken, auth } = entry;
  if (registrytoken) return { kind: 'token', token: registrytoken };
  if (identitytoken) return { kind: 'identity', token: identitytoken };
  const decoded = auth ? Buffer.from(auth, 'base64').toString('utf8') : '';
  const colon = decoded.indexOf(':');
  if (auth && colon < 1)
    return refuse(`auths.${key}.auth`, 'is not the base64 of a user, ":" and a password');
  const user = auth ? decoded.slice(0, colon) : (entry.username ?? '');
  const password = auth ? decoded.slice(colon + 1) : (entry.password ?? '');
  if (user === '')
    return refuse(`auths.${key}`, 'has neither auth, username, identitytoken nor registrytoken');
  return { kind: 'password', user, password };
}

/** Keys are hosts, or URLs like https://index.docker.io/v1/. */
const hostOf = (key: string): string =>
  registryOf(key.replace(/^https?:\/\//, '').replace(/\/(v1|v2)?\/?$/, ''));

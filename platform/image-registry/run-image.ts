/**
 * The image that runs are started with, asked for at its registry: what is not there is refused, what is there is pinned to its
 * digest. A registry that cannot be asked holds nobody up: its nodes may have the image, or another login.
 */
import { readFile } from 'node:fs/promises';
import tls from 'node:tls';
import { TainError } from '../../contracts/errors.ts';
import { readImageName, type ImageName } from '../../domain/gpu-jobs/image-name.ts';
import { systemErrorCode } from '../embedded/start-error.ts';
import type { SettingsErrors } from '../settings-file.ts';
import { findDigest } from './find-digest.ts';
import type { RegistryAccess } from './registry-access.ts';
import { RegistryTrouble } from './registry-call.ts';
import { readRegistryLogin } from './registry-login.ts';

/** How a registry is asked (docs/kubernetes.md). */
export type RegistrySettings = {
  /** Absolute paths: a certificate that is trusted beside the usual ones, as PEM; a config.json of Docker. */
  readonly caFile: string | null;
  readonly credentialsFile: string | null;
  readonly isInsecure: boolean;
};

export type FoundImage = {
  /** Null: it is not known. */
  readonly digest: string | null;
  /** Why its registry could not be asked; null: it could. */
  readonly warning: TainError | null;
};

export type RunImage = {
  /** As people have it, with its tag. */
  readonly image: string;
  /**
   * Asks the registry for it, unless somebody has a few seconds ago. Never holds up for longer than ten seconds.
   * @param pinned the digest that counts in place of its tag; null: none does yet
   * @throws TainError job.image-unknown: the registry has none such
   */
  find(pinned: string | null): Promise<FoundImage>;
  /** The same with a digest, as a cluster takes it. */
  pinnedTo(digest: string): string;
};

/** All calls for one question together, and how long an answer counts, in ms. */
const [QUESTION_MS, KEEP_MS] = [10_000, 5000];

/**
 * @param image with a tag or a digest, as the cluster file has it
 * @param errors for files of the settings that cannot be used
 */
export function createRunImage(image: string, settings: RegistrySettings, errors: SettingsErrors): RunImage {
  const name = readImageName(image);
  if (name === null) throw new TypeError(`${image} is no name of an image`);
  /** By digest, '' for the tag; `at`: when it was answered, null: it is not yet. */
  const kept = new Map<string, { at: number | null; readonly found: Promise<FoundImage> }>();
  const counts = ({ at }: { readonly at: number | null }): boolean =>
    at === null || performance.now() - at < KEEP_MS;

  async function ask(asked: ImageName, isPinned: boolean): Promise<FoundImage> {
    const params = { image, registry: name!.registry };
    let missing: 'repository' | 'manifest';
    try {
      const access = await readAccess(name!.registry, settings, errors);
      const answer = await findDigest(asked, access, AbortSignal.timeout(QUESTION_MS));
      if (answer.kind === 'found') return { digest: answer.digest, warning: null };
      missing = answer.what;
    } catch (error) {
      const { rule, message: reason } = troubleOf(error);
      const warning = new TainError('job.image-unchecked', { ...params, rule, reason }, { cause: error });
      return { digest: asked.digest, warning };
    }
    const rule = missing === 'repository' ? missing : isPinned ? 'pinned' : asked.digest ? 'digest' : 'tag';
    throw new TainError('job.image-unknown', { ...params, rule, digest: asked.digest ?? '' });
  }

  return {
    image,
    find(pinned) {
      const asked = pinned === null ? name : { ...name, digest: pinned };
      const key = asked.digest ?? '';
      const before = kept.get(key);
      if (before !== undefined && counts(before)) return before.found;
      for (const [old, one] of kept) if (!counts(one)) kept.delete(old);
      const next = {
        at: null as number | null,
        found: ask(asked, pinned !== null && pinned !== name.digest),
      };
      kept.set(key, next);
      const note = (): void => void (next.at = performance.now());
      next.found.then(note, note);
      return next.found;
    },
    pinnedTo: (digest) => `${name.name}@${digest}`,
  };
}

/**
 * What a registry is asked with; files are read each time, as they are replaced.
 * @throws TainError of `errors`
 */
export async function readAccess(
  registry: string,
  settings: RegistrySettings,
  errors: SettingsErrors,
): Promise<RegistryAccess> {
  const { caFile, credentialsFile, isInsecure } = settings;
  const login = credentialsFile === null ? null : await readRegistryLogin(credentialsFile, registry, errors);
  const own = caFile === null ? [] : [await readCa(caFile, errors)];
  return { login, isInsecure, ca: [...tls.getCACertificates('default'), ...own] };
}

async function readCa(file: string, errors: SettingsErrors): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new TainError(
      errors.unreadable,
      { file, reason: systemErrorCode(error) ?? 'unknown' },
      { cause: error },
    );
  }
  try {
    // What is no certificate is passed over otherwise, and then everything is untrusted.
    if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new Error('no certificate in it');
    tls.createSecureContext({ ca: text });
  } catch (error) {
    const problem = `is no certificate in PEM: ${(error as Error).message}`;
    throw new TainError(errors.invalid, { file, place: 'the file', problem }, { cause: error });
  }
  return text;
}

function troubleOf(error: unknown): Pick<RegistryTrouble, 'rule' | 'message'> {
  if (error instanceof RegistryTrouble) return error;
  // A file that was good at the start, and is being replaced or is gone.
  return { rule: 'settings', message: (error as Error).message };
}

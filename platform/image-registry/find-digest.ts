/**
 * What an image is at its registry (OCI distribution specification 1.1, "Pulling manifests"): HEAD, with the types of an index
 * and of a manifest, so that the digest is that of all platforms where there are several. Nothing is downloaded but a manifest
 * whose digest the registry does not tell.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ImageName } from '../../domain/gpu-jobs/image-name.ts';
import { answerChallenge, type RegistryAccess } from './registry-access.ts';
import { callRegistry, RegistryTrouble, type RegistryAnswer } from './registry-call.ts';

const TYPES: readonly string[] = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
/** The specification's own limit for a manifest. */
const MANIFEST_BYTES = 4 * 1024 * 1024;
const MOST_REDIRECTS = 3;
/** Errors as the specification has them; registries have codes of their own beside its. */
const Refusal = z.looseObject({ errors: z.array(z.looseObject({ code: z.string() })).min(1) });
/** That a manifest is not there; Harbor says NOT_FOUND. Whatever else comes with a 404 says something else. */
const MISSING: readonly string[] = ['MANIFEST_UNKNOWN', 'NOT_FOUND'];
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Its digest; or what the registry says that it does not have. */
type FoundDigest =
  | { readonly kind: 'found'; readonly digest: string }
  | { readonly kind: 'missing'; readonly what: 'repository' | 'manifest' };

/**
 * Looks for an image by its digest where it has one, else by its tag.
 * @throws RegistryTrouble
 */
export async function findDigest(
  image: ImageName,
  access: RegistryAccess,
  signal: AbortSignal,
): Promise<FoundDigest> {
  const { registry, repository, tag, digest } = image;
  const scheme = access.isInsecure ? 'http' : 'https';
  const url = new URL(`${scheme}://${registry}/v2/${repository}/manifests/${digest ?? tag ?? 'latest'}`);
  let authorization: string | null = null;

  async function ask(method: 'HEAD' | 'GET'): Promise<RegistryAnswer> {
    const first = await follow(method, url, access, authorization, signal);
    const challenge = first.headers['www-authenticate'];
    if (first.status !== 401 || challenge === undefined || authorization !== null) return first;
    authorization = await answerChallenge(challenge, repository, access, signal);
    return authorization === null ? first : follow(method, url, access, authorization, signal);
  }

  const head = await ask('HEAD');
  // Some know no HEAD, some do not say the digest; and that there is none is to be in a registry's own words.
  const isTold =
    head.status === 200 &&
    head.headers['docker-content-digest'] !== undefined &&
    head.headers['content-type'] !== undefined;
  const isAskedAgain = !isTold && [200, 404, 405].includes(head.status);
  const answer = isAskedAgain ? await ask('GET') : head;
  if (answer.status === 404) return { kind: 'missing', what: missingIn(registry, answer) };
  if (answer.status === 401 || answer.status === 403)
    throw new RegistryTrouble('denied', `${registry}, HTTP ${answer.status}`);
  if (answer.status !== 200) throw new RegistryTrouble('status', `${registry}, HTTP ${answer.status}`);
  return { kind: 'found', digest: digestOf(answer, isAskedAgain, digest) };
}

/** A web server that knows nothing of images says 404 to everything. */
function missingIn(registry: string, { body }: RegistryAnswer): 'repository' | 'manifest' {
  try {
    const { errors } = Refusal.parse(JSON.parse(body.toString('utf8')));
    const codes = errors.map(({ code }) => code);
    if (codes.includes('NAME_UNKNOWN')) return 'repository';
    if (codes.some((code) => MISSING.includes(code))) return 'manifest';
    throw new Error(codes.join(', ').slice(0, 100));
  } catch (error) {
    const reason = `${registry} says HTTP 404, and not in the words of a registry`;
    throw new RegistryTrouble('answer', reason, { cause: error });
  }
}

/** Redirects lead to other places of the registry; who we are is told to none but itself. */
async function follow(
  method: 'HEAD' | 'GET',
  url: URL,
  { ca, isInsecure }: RegistryAccess,
  authorization: string | null,
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  let at = url;
  for (let redirects = 0; ; redirects += 1) {
    const isOwn = at.origin === url.origin;
    const headers = {
      accept: TYPES.join(', '),
      ...(isOwn && authorization !== null && { authorization }),
    };
    const answer = await callRegistry(at, { method, headers, ca, signal, mostBytes: MANIFEST_BYTES });
    const { location } = answer.headers;
    if (answer.status < 300 || answer.status > 399 || location === undefined) {
      // Whoever else asks who we are is not told.
      if (!isOwn && answer.status === 401) throw new RegistryTrouble('denied', `${at.host}, HTTP 401`);
      return answer;
    }
    const next = URL.parse(location, at.href);
    if (next === null || redirects === MOST_REDIRECTS)
      throw new RegistryTrouble('answer', `${at.host} sends on to nowhere`);
    if (next.protocol !== 'https:' && !(isInsecure && next.protocol === 'http:'))
      throw new RegistryTrouble('answer', `${at.host} sends on to ${next.host}, without TLS`);
    at = next;
  }
}

/** @param asked the digest that was asked for; null: a tag was */
function digestOf({ headers, body }: RegistryAnswer, hasBody: boolean, asked: string | null): string {
  const type = headers['content-type']?.split(';')[0]?.trim() ?? '';
  // Of a page of some proxy a digest could be made, too.
  if (!TYPES.includes(type)) throw new RegistryTrouble('answer', `it answers with ${type || 'no type'}`);
  const told = headers['docker-content-digest'];
  const said = told === undefined ? null : String(told);
  const seen = hasBody ? `sha256:${createHash('sha256').update(body).digest('hex')}` : null;
  const found = seen ?? said ?? '';
  const shown = found.slice(0, 100);
  if (!DIGEST.test(found)) throw new RegistryTrouble('answer', `its digest is ${shown}, not a SHA-256`);
  if (said !== null && said !== found)
    throw new RegistryTrouble('answer', `it says ${said.slice(0, 100)}, its manifest is ${found}`);
  if (asked !== null && asked !== found)
    throw new RegistryTrouble('answer', `asked for ${asked} it answers with ${shown}`);
  return found;
}

/**
 * What an image is at its registry (OCI distribution specification 1.1, "Pulling manifests"): HEAD, with the types of an index
 * and of a manifest, so that the digest is that of all platforms where there are several. Nothing is downloaded but a manifest
 * whose digest the registry does not tell.
 */
import { createHash } from 'node:crypto';
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
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * The digest of an image, by its own digest where it has one, else by its tag. Null: its registry says that there is none.
 * @throws RegistryTrouble
 */
export async function findDigest(
  image: ImageName,
  access: RegistryAccess,
  signal: AbortSignal,
): Promise<string | null> {
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
  // Some know no HEAD, and some do not say the digest.
  const isTold = head.status === 200 && head.headers['docker-content-digest'] !== undefined;
  const isSilent = head.status === 405 || (head.status === 200 && !isTold);
  const answer = isSilent ? await ask('GET') : head;
  if (answer.status === 404) return null;
  if (answer.status === 401 || answer.status === 403)
    throw new RegistryTrouble('denied', `${registry}, HTTP ${answer.status}`);
  if (answer.status !== 200) throw new RegistryTrouble('status', `${registry}, HTTP ${answer.status}`);
  return digestOf(answer, isSilent, digest);
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
    const next = URL.parse(location, at);
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

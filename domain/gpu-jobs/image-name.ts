/** Names of images, as Docker, containerd and Kubernetes read them (github.com/distribution/reference). */

export type ImageName = {
  /** As it is written, without tag and digest. */
  readonly name: string;
  /** Who is asked for it: a host, with its port if it names one. */
  readonly registry: string;
  /** What it is called there. */
  readonly repository: string;
  readonly tag: string | null;
  /** `sha256:` and 64 digits; it counts before the tag. */
  readonly digest: string | null;
};

/** Where images of Docker Hub are had, whose names say "docker.io" or nothing. */
const DOCKER_HUB = 'registry-1.docker.io';
const HUB_NAMES: readonly string[] = ['docker.io', 'index.docker.io', DOCKER_HUB];

const HOST = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The host that a registry is asked at, by the names that people have for it. */
export const registryOf = (host: string): string => (HUB_NAMES.includes(host) ? DOCKER_HUB : host);

/** Null: it is no name of an image. */
export function readImageName(text: string): ImageName | null {
  const at = text.indexOf('@');
  const digest = at < 0 ? null : text.slice(at + 1);
  const tagged = at < 0 ? text : text.slice(0, at);
  // A colon before the last "/" is that of a port.
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  const tag = colon < 0 ? null : tagged.slice(colon + 1);
  const name = colon < 0 ? tagged : tagged.slice(0, colon);
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(0, slash));
  const isHost = first === 'localhost' || first.includes('.') || first.includes(':');
  const registry = isHost ? registryOf(first) : DOCKER_HUB;
  const path = isHost ? name.slice(slash + 1) : name;
  const repository = registry === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path;
  const isName =
    HOST.test(registry) &&
    REPOSITORY.test(repository) &&
    (tag === null || TAG.test(tag)) &&
    (digest === null || DIGEST.test(digest));
  return isName ? { name, registry, repository, tag, digest } : null;
}

/**
 * Follows objects of a cluster through everything that breaks a watch: the API server's restart, versions that are too old,
 * connections that fall silent. What a watch cannot tell is told from a list. Lists are read page by page, and only what is
 * read of each object is kept.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApiException,
  Watch,
  type ConfigurationOptions,
  type KubeConfig,
  type V1ListMeta,
} from '@kubernetes/client-node';
import { ask } from '../kubernetes.ts';

/** What is kept of an object tells at least which it is, and of when. */
export type Known = { readonly uid: string; readonly version: string };

type News<Facts> =
  /** `gone`: as it was seen last, which after an interruption may be before its end. `before`: as it was told before. */
  | { readonly type: 'seen' | 'gone'; readonly facts: Facts; readonly before: Facts | null }
  /** All that there is has been told. */
  | { readonly type: 'listed' };

type Query = { readonly labelSelector?: string };
type Page = Query & { readonly limit: number; readonly _continue?: string };

export type FollowedObjects<Raw, Facts extends Known> = {
  /** Where a watch asks for them: /api/v1/nodes. */
  readonly path: string;
  readonly labelSelector?: string;
  list(
    page: Page,
    options: ConfigurationOptions,
  ): Promise<{ readonly metadata?: V1ListMeta; readonly items: readonly Raw[] }>;
  /** Reads an object as the client or a watch gives it: the one has instants as dates, the other as text. */
  read(object: Raw): Facts;
};

export type FollowOptions<Facts> = {
  readonly signal: AbortSignal;
  /** Pause after a watch that broke, in ms; doubled after each further one that told nothing. */
  readonly firstPauseMs?: number;
  /** After so long all is listed again, whatever the watch has told, in ms; absent: only when the watch cannot tell. */
  readonly relistMs?: number;
  /** By uid, what was told: whoever gives it goes on with it after an error. */
  readonly known?: Map<string, Facts>;
};

/** All that is asked of an object itself. */
export type Versioned = { readonly metadata?: { readonly resourceVersion?: string } };
/** What the API server sends, and BROKEN for a watch that neither it, nor silence, nor who follows has ended. */
type WatchEvent<Raw> = { readonly type: string; readonly object: Raw };

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 10_000;
/** After so many watches in a row that broke and told nothing, lists tell instead of them. */
const LIST_AFTER = 3;
const PAGE = 500;
/** A page of an older list than the API server remembers. */
const EXPIRED = 410;

/**
 * First every object that is there, then every change, until the signal is aborted: then it just ends.
 * @throws TainError job.cluster-unreachable when the API server stays away; ApiException when it refuses to list
 */
export async function* followObjects<Raw extends Versioned, Facts extends Known>(
  kubeConfig: KubeConfig,
  objects: FollowedObjects<Raw, Facts>,
  { signal, firstPauseMs = FIRST_PAUSE_MS, relistMs, known = new Map<string, Facts>() }: FollowOptions<Facts>,
): AsyncGenerator<News<Facts>> {
  /** From where the next watch tells; none: a list is needed. */
  let version: string | undefined;
  let broken = 0;
  let listAt = Infinity;
  try {
    for (;;) {
      if (version === undefined) {
        if (relistMs !== undefined) listAt = performance.now() + relistMs;
        version = yield* listAll(objects, known, signal);
        if (version === undefined) {
          await sleep(firstPauseMs, undefined, { signal });
          continue;
        }
      }
      const turn =
        listAt === Infinity
          ? signal
          : AbortSignal.any([
              signal,
              AbortSignal.timeout(Math.max(0, Math.ceil(listAt - performance.now()))),
            ]);
      for await (const { type, object } of watchOnce(kubeConfig, objects, version, turn)) {
        if (type === 'BROKEN') broken += 1;
        // Too old, most often.
        else if (type === 'ERROR') version = undefined;
        else {
          broken = 0;
          version = object.metadata?.resourceVersion ?? version;
          if (type !== 'BOOKMARK')
            yield* newsOf(known, type === 'DELETED' ? 'gone' : 'seen', objects.read(object));
        }
      }
      signal.throwIfAborted();
      const isDue = performance.now() >= listAt;
      if (broken >= LIST_AFTER || isDue) version = undefined;
      const pauses = broken || (version === undefined && !isDue ? 1 : 0);
      if (pauses > 0)
        await sleep(Math.min(firstPauseMs * 2 ** (pauses - 1), MAX_PAUSE_MS), undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** @returns the version from which a watch tells what comes behind the list; none: there is to be another list first */
async function* listAll<Raw extends Versioned, Facts extends Known>(
  { list, read, labelSelector }: FollowedObjects<Raw, Facts>,
  known: Map<string, Facts>,
  signal: AbortSignal,
): AsyncGenerator<News<Facts>, string | undefined> {
  const uids = new Set<string>();
  let token: string | undefined;
  for (;;) {
    const page = { limit: PAGE, ...(labelSelector && { labelSelector }), ...(token && { _continue: token }) };
    const { items, metadata } = await ask((options) => list(page, options), { signal }).catch(
      (error: unknown) => {
        if (token === undefined || !(error instanceof ApiException) || error.code !== EXPIRED) throw error;
        return { items: [], metadata: null };
      },
    );
    // It took too long: what was told is so, and the next list begins at its first page.
    if (metadata === null) return undefined;
    for (const facts of items.map(read)) {
      uids.add(facts.uid);
      yield* newsOf(known, 'seen', facts);
    }
    token = metadata?._continue;
    if (token) continue;
    for (const facts of [...known.values()]) if (!uids.has(facts.uid)) yield* newsOf(known, 'gone', facts);
    yield { type: 'listed' };
    return metadata?.resourceVersion;
  }
}

function* newsOf<Facts extends Known>(
  known: Map<string, Facts>,
  type: 'seen' | 'gone',
  facts: Facts,
): Generator<News<Facts>> {
  const before = known.get(facts.uid) ?? null;
  if (type === 'gone') known.delete(facts.uid);
  else if (before?.version === facts.version) return;
  else known.set(facts.uid, facts);
  yield { type, facts, before };
}

/** One watch, to its end, whatever ends it. What comes while nobody waits is kept. */
async function* watchOnce<Raw extends Versioned, Facts extends Known>(
  kubeConfig: KubeConfig,
  { path, labelSelector }: FollowedObjects<Raw, Facts>,
  version: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<Raw>> {
  const waiting: WatchEvent<Raw>[] = [];
  let isOver = false;
  let failure: unknown = null;
  let wake = (): void => undefined;
  const end = (): void => {
    isOver = true;
    wake();
  };
  const query = { labelSelector, resourceVersion: version, allowWatchBookmarks: true };
  const opening = new Watch(kubeConfig).watch(
    path,
    query,
    // Nothing may be done in here: what it throws is swallowed.
    (type, object: Raw) => {
      waiting.push({ type, object });
      wake();
    },
    (error: { readonly name: string } | null) => {
      // Nothing happened for half a minute.
      const isSilence = error?.name === 'TimeoutError';
      if (error && !isSilence && !signal.aborted) waiting.push({ type: 'BROKEN', object: {} as Raw });
      end();
    },
  );
  opening.catch((error: unknown) => {
    failure = error;
    end();
  });
  signal.addEventListener('abort', end, { once: true });
  try {
    if (signal.aborted) end();
    while (waiting.length > 0 || !isOver) {
      const event = waiting.shift();
      if (event) yield event;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    if (failure !== null) throw failure as Error;
  } finally {
    signal.removeEventListener('abort', end);
    // A server that has not answered yet is hung up on when it does.
    opening.then(
      (request) => request.abort(),
      () => undefined,
    );
  }
}

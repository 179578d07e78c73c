/**
 * Copies what the program of a pod writes into the folder of its run, line by line and each line once, whoever copied
 * before: the node has the instant of each line, and forgets a pod soon after its end. Both streams come as one.
 */
import { appendFileSync, ftruncateSync, fstatSync, openSync, closeSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { systemErrorCode } from '../embedded/start-error.ts';
import type { CopiedOutput, JobFiles } from './job-files.ts';
import { MAIN_CONTAINER } from './job-pod.ts';
import { createOutputLimit } from './output-limit.ts';
import { findOutput } from './run-output.ts';

export type PodOutput = {
  readonly kubeConfig: KubeConfig;
  readonly namespace: string;
  readonly pod: string;
  readonly files: JobFiles;
  /** Of what is kept. */
  readonly limitBytes: number;
};

/** A connection on which nothing comes for so long may be dead: another one goes on where it was. */
const SILENCE_MS = 120_000;
/** How often it is written down how far it has come. */
const NOTE_MS = 500;
const LINE_MAX_BYTES = 1024 * 1024;

/**
 * Copies all that is there; with `follow` also what comes, until the program has ended.
 * @throws Error when the API server or the node does not give it, or the connection breaks; the signal's reason
 */
export async function copyOutput(
  { kubeConfig, namespace, pod, files, limitBytes }: PodOutput,
  { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const copy = await openCopy(files, limitBytes);
  const query = new URLSearchParams({
    container: MAIN_CONTAINER,
    timestamps: 'true',
    follow: String(follow),
  });
  if (copy.since !== null) query.set('sinceTime', copy.since);
  const place = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query.toString()}`;
  const response = await open(kubeConfig, place, signal);
  let rest = Buffer.alloc(0);
  try {
    for await (const block of response) {
      rest = Buffer.concat([rest, block as Buffer]);
      const end = rest.length > LINE_MAX_BYTES ? rest.length : rest.lastIndexOf('\n') + 1;
      copy.write(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    // A last line without its end; not half of one, as a connection that breaks throws.
    copy.write(rest);
  } finally {
    response.destroy();
    copy.note();
  }
}

/** Writes lines with their instants into the file of a run, but for those that are there. */
async function openCopy(files: JobFiles, limitBytes: number) {
  const before = files.readCopied() ?? ({ bytes: 0, since: null, lines: 0 } satisfies CopiedOutput);
  const found = await findOutput([path.dirname(files.stdout)], 'stdout');
  // Written, but not written down, by somebody who was killed.
  if (found !== null) cutOff(files.stdout, found.end - before.bytes);
  const older = found?.parts.length === 2 ? found.parts[0]! : null;
  const limit = createOutputLimit(files.stdout, limitBytes, {
    aside: older === null ? 0 : older.to - older.from,
    dropped: found?.first ?? 0,
  });
  const start = before.since;
  let { since, lines } = before;
  let known = lines;
  let notedAt = performance.now();
  const note = (): void => {
    notedAt = performance.now();
    files.writeCopied({ bytes: limit.count().bytes, since, lines });
  };
  return {
    since: start,
    note,
    write(block: Buffer): void {
      const texts: Buffer[] = [];
      for (let at = 0; at < block.length;) {
        const end = block.indexOf('\n', at) + 1 || block.length;
        const line = block.subarray(at, end);
        at = end;
        const space = line.indexOf(' ');
        const instant = line.toString('latin1', 0, space);
        const isKnown = start !== null && (instant < start || (instant === start && known > 0));
        if (isKnown) known -= instant === start ? 1 : 0;
        else {
          // Two streams make one: a line may be a little older than the one before.
          if (since === null || instant > since) [since, lines] = [instant, 1];
          else if (instant === since) lines += 1;
          texts.push(line.subarray(space + 1));
        }
      }
      if (texts.length === 0) return;
      appendFileSync(files.stdout, Buffer.concat(texts), { mode: 0o600 });
      limit.check();
      if (performance.now() - notedAt > NOTE_MS) note();
    },
  };
}

function cutOff(file: string, bytes: number): void {
  if (bytes <= 0) return;
  const handle = openSync(file, 'r+');
  try {
    ftruncateSync(handle, Math.max(0, fstatSync(handle).size - bytes));
  } finally {
    closeSync(handle);
  }
}

async function open(
  kubeConfig: KubeConfig,
  place: string,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const options: https.RequestOptions = { agent: false, signal, timeout: SILENCE_MS };
  await kubeConfig.applyToHTTPSOptions(options);
  const url = new URL((kubeConfig.getCurrentCluster()?.server ?? '').replace(/\/$/, '') + place);
  // Without TLS through a proxy of the user's own.
  const get = url.protocol === 'http:' ? http.get : https.get;
  const agent = options.agent ?? false;
  return new Promise((resolve, reject) => {
    const request = get(url, { ...options, agent: url.protocol === 'http:' ? false : agent }, (response) => {
      if (response.statusCode === 200) return resolve(response);
      response.resume();
      reject(new Error(`the output of the pod cannot be read: HTTP ${response.statusCode}`));
    });
    request.on('timeout', () => request.destroy(new Error('nothing came for a while')));
    request.on('error', (error) =>
      reject(systemErrorCode(error) === 'ABORT_ERR' && signal.aborted ? (signal.reason as Error) : error),
    );
  });
}

import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream/promises';

type DownloadOptions = {
  /** Proxy variables (HTTPS_PROXY, NO_PROXY) are looked up here. */
  readonly env: NodeJS.ProcessEnv;
  /** Longest wait for each connection, in ms: behind a firewall nothing ever answers. */
  readonly connectMs: number;
  /** Longest time for everything, in ms. */
  readonly totalMs: number;
  readonly signal?: AbortSignal;
};

const MAX_REDIRECTS = 5;

/** Downloads an https URL into a file. @throws Error with a short reason */
export async function downloadFile(url: string, file: string, options: DownloadOptions): Promise<void> {
  const agent = new https.Agent({ proxyEnv: options.env });
  const limit = AbortSignal.timeout(options.totalMs);
  const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit;
  try {
    let location = new URL(url);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const response = await get(location, agent, options.connectMs, signal);
      const { statusCode = 0, headers } = response;
      if (statusCode === 200) return await pipeline(response, createWriteStream(file), { signal });
      response.destroy();
      if (statusCode < 300 || statusCode >= 400 || !headers.location) throw new Error(`HTTP ${statusCode}`);
      location = new URL(headers.location, location);
      if (location.protocol !== 'https:') throw new Error(`redirected to ${location.protocol}`);
    }
    throw new Error('too many redirects');
  } catch (error) {
    if (limit.aborted) throw new Error(`not finished within ${options.totalMs / 1000} s`, { cause: error });
    throw error;
  } finally {
    agent.destroy();
  }
}

function get(url: URL, agent: https.Agent, connectMs: number, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = https.get(url, { agent, signal });
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${connectMs / 1000} s`)),
      connectMs,
    );
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.once('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
  });
}

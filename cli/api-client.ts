/** The command line as a client of the API. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { FilePage, FileView, InboxView, RecordPage, UploadResult } from '../contracts/files.schema.ts';
import type { Problem } from '../contracts/problem.schema.ts';
import type { Config } from '../platform/config.ts';
import { readInstance } from '../platform/embedded/instance.ts';
import { StartError } from '../platform/embedded/start-error.ts';
import { readerLanguage } from './reader.ts';
import { makeLocalToken } from './local-token.ts';

const TOKEN_LIFETIME_MS = 15 * 60 * 1000;

export type ApiClient = {
  readonly url: string;
  inbox(): Promise<InboxView>;
  files(query: Record<string, string | number>): Promise<FilePage>;
  /** Null when there is no such file (yet). */
  file(id: string): Promise<FileView | null>;
  records(id: string, query: Record<string, string | number>): Promise<RecordPage>;
  upload(location: string, query: Record<string, string>): Promise<UploadResult>;
};

/** @throws StartError when nothing is running here and no address is configured */
export async function connectApi(config: Config): Promise<ApiClient> {
  const url = config.TAIN_API_URL ?? (await readInstance(config.TAIN_STATE_DIR))?.apiUrl;
  if (!url)
    throw new StartError('Tain is not running here.', 'Start it with: npm start (or set TAIN_API_URL).');
  const token =
    config.TAIN_TOKEN ?? (await makeLocalToken(config, 'command-line', 'operator', TOKEN_LIFETIME_MS));

  const call = async (path: string, query: Record<string, string | number> = {}, init: RequestInit = {}) => {
    const address = new URL(path, url);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, String(value));
    const response = await fetch(address, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${token}`, 'accept-language': readerLanguage() },
    }).catch((error: unknown) => {
      throw new StartError(
        `The API at ${url} does not answer (${describeCause(error)}).`,
        'Look at: ./tain status',
      );
    });
    if (response.ok) return response;
    const problem = (await response.json().catch(() => null)) as Problem | null;
    if (response.status === 404 && problem?.code === 'file.not-found') return null;
    throw new StartError(problem?.detail ?? `The API answered ${response.status}.`, problem?.help ?? '');
  };
  const get = async <Body>(path: string, query?: Record<string, string | number>): Promise<Body> =>
    (await (await call(path, query))?.json()) as Body;

  return {
    url,
    inbox: () => get('/v1/inbox'),
    files: (query) => get('/v1/files', query),
    file: async (id) => {
      const response = await call(`/v1/files/${id}`);
      return response && ((await response.json()) as FileView);
    },
    records: (id, query) => get(`/v1/files/${id}/records`, query),
    upload: async (location, query) => {
      const body = Readable.toWeb(createReadStream(location)) as unknown as ReadableStream;
      const init = {
        method: 'POST',
        body,
        duplex: 'half',
        headers: { 'content-type': 'application/octet-stream' },
      };
      const response = await call('/v1/files', query, init as RequestInit);
      return (await response!.json()) as UploadResult;
    },
  };
}

function describeCause(error: unknown): string {
  const cause = (error as Error).cause as { code?: string } | undefined;
  return cause?.code ?? (error as Error).message;
}

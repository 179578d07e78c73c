/** One call to a registry or its token server: no redirects, a limit for what it answers, and its own words for what went wrong. */
import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';

/** Why a registry could not be asked, or what it says not be understood. Nothing of it says that there is no such image. */
export class RegistryTrouble extends Error {
  readonly rule: 'unreachable' | 'slow' | 'untrusted' | 'status' | 'denied' | 'answer' | 'settings';

  constructor(rule: RegistryTrouble['rule'], reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'RegistryTrouble';
    this.rule = rule;
  }
}

type RegistryCall = {
  readonly method: 'HEAD' | 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Who is trusted, as PEM. */
  readonly ca: readonly string[];
  /** Of all calls of a question together. */
  readonly signal: AbortSignal;
  /** More is not read. */
  readonly mostBytes: number;
};

export type RegistryAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/** What one call may take, in ms. */
const CALL_MS = 5000;

/** What TLS calls a certificate that is not to be trusted (X509_V_ERR_…, and Node's own for names). */
const UNTRUSTED =
  /^(ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA)/;

/** @throws RegistryTrouble */
export async function callRegistry(url: URL, call: RegistryCall): Promise<RegistryAnswer> {
  const { method, headers, body = '', ca, mostBytes } = call;
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(CALL_MS)]);
  // A connection of its own: it is seldom asked, and a kept one may have died meanwhile.
  const options = { ...{ method, signal, agent: false, ca: [...ca] }, headers: { ...headers } };
  try {
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = url.protocol === 'https:' ? https.request(url, options) : http.request(url, options);
      request.once('response', resolve).on('error', reject).end(body);
    });
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of answer as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > mostBytes)
        throw new RegistryTrouble('answer', `its answer has more than ${mostBytes} bytes`);
      parts.push(part);
    }
    return { status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(parts) };
  } catch (error) {
    throw error instanceof RegistryTrouble ? error : troubleOf(url, error, signal);
  }
}

function troubleOf({ host }: URL, error: unknown, signal: AbortSignal): RegistryTrouble {
  const options = { cause: error };
  if (signal.aborted) return new RegistryTrouble('slow', host, options);
  const { code = '', message } = error as NodeJS.ErrnoException;
  const rule = UNTRUSTED.test(code) ? 'untrusted' : code.startsWith('HPE_') ? 'answer' : 'unreachable';
  return new RegistryTrouble(rule, `${host}: ${code || message}`, options);
}

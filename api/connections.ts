/**
 * What clients may do to a connection before a route sees anything: how large heads and addresses may be, how long
 * each part may take, and how broken HTTP is answered.
 */
import type { Socket } from 'node:net';
import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyHttpOptions } from 'fastify';
import { ERRORS, type ErrorCode, type ErrorParams } from '../contracts/errors.ts';
import { describeError } from '../contracts/texts/describe.ts';
import { DEFAULT_LANGUAGE } from '../contracts/texts/shape.ts';

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_PARAM_CHARACTERS = 200;
/** Of routes that take JSON; uploads are streamed and have their own limit. */
const MAX_BODY_BYTES = 64 * 1024;
/** Longer than the proxies in front of us keep theirs, so that it is never us who close under a request. */
const KEEP_ALIVE_MS = 72_000;
const MAX_CHECK_INTERVAL_MS = 5000;
/** How long a client may go on sending the body of a request that is answered already. */
const LINGER_MS = 2000;

export function serverOptions(clientTimeoutMs: number) {
  return {
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: clientTimeoutMs,
      // A large upload may take long as a whole: it must keep its pace instead (receive-file.ts).
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(MAX_CHECK_INTERVAL_MS, Math.ceil(clientTimeoutMs / 4)),
    },
    connectionTimeout: clientTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_CHARACTERS },
    // Requests that arrive while we stop are served; fastify's own refusal would not be problem+json.
    return503OnClosing: false,
    clientErrorHandler(error, socket) {
      answerBrokenHttp(error.code, socket, clientTimeoutMs);
    },
  } satisfies FastifyHttpOptions<Server>;
}

/** Only for errors of the parser: there is no request yet, so the answer is written by hand. */
function answerBrokenHttp(cause: string | undefined, socket: Socket, clientTimeoutMs: number): void {
  if (cause === 'ECONNRESET' || socket.destroyed) return;
  const [code, params, status] = nameBrokenHttp(cause, clientTimeoutMs);
  const problem = JSON.stringify({
    type: `urn:tain:error:${code}`,
    ...describeError(code, params, DEFAULT_LANGUAGE),
    status,
    code,
    requestId: 'none',
  });
  if (socket.writable) {
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n` +
        'Content-Type: application/problem+json\r\n' +
        `Content-Length: ${Buffer.byteLength(problem)}\r\n\r\n${problem}`,
      () => socket.destroy(),
    );
  } else {
    socket.destroy();
  }
}

function nameBrokenHttp(
  cause: string | undefined,
  clientTimeoutMs: number,
): [ErrorCode, ErrorParams, status: number] {
  if (cause === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const code = 'request.timeout';
    return [code, { seconds: Math.ceil(clientTimeoutMs / 1000) }, ERRORS[code].httpStatus];
  }
  if (cause === 'HPE_HEADER_OVERFLOW') return ['request.too-large', { part: 'head' }, 431];
  return ['request.invalid', { detail: `This is not HTTP/1.1 (${cause ?? 'unknown error'}).` }, 400];
}

/**
 * Bodies that nobody wants. `Expect: 100-continue` is granted by the route that reads the body, so that a refused
 * upload is never sent; without it, what still comes behind the answer is thrown away for a moment, because a
 * connection that is closed at once takes the answer with it, and then cut.
 */
export function registerConnections(app: FastifyInstance): void {
  for (const event of ['checkContinue', 'checkExpectation'])
    app.server.on(event, (request: IncomingMessage, response: ServerResponse) =>
      app.routing(request, response),
    );
  app.addHook('onResponse', (request, _reply, done) => {
    const { raw } = request;
    if (raw.complete === false) setTimeout(() => raw.complete || raw.socket.destroy(), LINGER_MS).unref();
    done();
  });
}

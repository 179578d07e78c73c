/** What browsers are told to be careful about (helmet), and what the page at /docs needs none the less. */
import { createHash } from 'node:crypto';
import helmet from '@fastify/helmet';
import fastify, { type FastifyInstance } from 'fastify';

/** Answers are data: nothing in them may run, be framed or load anything. */
const DATA_POLICY = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };

/**
 * Helmet puts its headers together anew for every request, though they never change: it is asked once, and its
 * answer goes with every response.
 */
async function askHelmet(): Promise<Record<string, string>> {
  const mute = fastify();
  await mute.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: DATA_POLICY },
    // Tain speaks plain HTTP on its own address; whoever puts TLS in front of it says so there.
    strictTransportSecurity: false,
  });
  mute.get('/', () => '');
  const { headers } = await mute.inject('/');
  await mute.close();
  const ofFastify = ['content-type', 'content-length', 'date', 'connection'];
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      ofFastify.includes(name) ? [] : [[name, String(value)]],
    ),
  );
}

export async function registerHeaders(app: FastifyInstance): Promise<void> {
  const headers = await askHelmet();
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    if (request.url.startsWith('/docs/') && typeof payload === 'string')
      reply.header('content-security-policy', policyOfPage(payload));
    done(null, payload);
  });
}

/**
 * The page runs its own bundle and the script that stands in it, named by its hash. It sets styles from scripts, and
 * asks this API and nobody else.
 */
function policyOfPage(html: string): string {
  const scripts = [...html.matchAll(/<script[^>]*>([^]*?)<\/script>/g)]
    .map(([, script]) => script!)
    .filter((script) => script.trim() !== '')
    .map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return [
    "default-src 'none'",
    `script-src ${["'self'", ...scripts].join(' ')}`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join(';');
}

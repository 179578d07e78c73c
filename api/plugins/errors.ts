/** Every failure as problem+json, from the one error table. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { ERRORS, TainError, type ErrorCode, type ErrorParams } from '../../contracts/errors.ts';
import { Problem } from '../../contracts/problem.schema.ts';
import { describeError } from '../../contracts/texts/describe.ts';
import { answerLanguage } from './language.ts';

/** What every route can answer beside its own. */
export const PROBLEMS = {
  '4xx': Problem.describe('What is wrong with the request, and what to do.'),
  '5xx': Problem.describe('What is wrong with Tain, and what to do.'),
};

/** Failures that fastify finds itself, by their status. */
const BY_STATUS: Readonly<Record<number, [ErrorCode, ErrorParams]>> = {
  413: ['request.too-large', { part: 'body' }],
  414: ['request.too-large', { part: 'address' }],
};

/** What the database says when it is not there, and when a statement took longer than it may (SQLSTATE). */
const UNAVAILABLE = ['ECONNREFUSED', 'CONNECT_TIMEOUT', 'CONNECTION_CLOSED', 'CONNECTION_ENDED'];
const TIMED_OUT = '57014';
/** Class 22 of SQLSTATE, data exceptions: out of range, of no such form, not to be stored. */
const REFUSED_VALUE = /^22[0-9A-Z]{3}$/;

export function registerErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => {
    const { method, url } = request;
    const allowed = methodsAt(app, url);
    if (allowed.length === 0) return sendProblem(request, reply, 'request.not-found', { method, url });
    reply.header('allow', allowed.join(', '));
    return sendProblem(request, reply, 'request.method-not-allowed', {
      method,
      url,
      allowed: allowed.join(', '),
    });
  });
}

/** Handler of everything that is thrown, in a route or before there is one. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // A client that goes away in the middle is no failure of ours; nobody reads the answer.
  if (request.raw.destroyed && request.raw.complete === false) {
    request.log.info({ reason: error.message }, 'request.aborted');
    return sendProblem(request, reply, 'request.aborted', {});
  }
  if (error instanceof TainError) {
    if (ERRORS[error.code].httpStatus >= 500) request.log.error({ err: error }, 'request.failed');
    return sendProblem(request, reply, error.code, error.params);
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.flatMap((issue) => nameFields(error.validationContext, issue));
    const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
    return sendProblem(request, reply, 'request.invalid', { detail }, errors);
  }
  // A net: values that a schema let through and a column does not take.
  if (REFUSED_VALUE.test(error.code)) {
    request.log.warn({ err: error }, 'request.refused-by-database');
    return sendProblem(request, reply, 'request.invalid', { detail: error.message });
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    const [code, params] = BY_STATUS[status] ?? ['request.invalid', { detail: error.message }];
    return sendProblem(request, reply, code, params, undefined, status);
  }
  request.log.error({ err: error }, 'request.failed');
  if (error.code === TIMED_OUT)
    return sendProblem(request, reply, 'service.timeout', { service: 'The database' });
  return UNAVAILABLE.includes(error.code)
    ? sendProblem(request, reply, 'service.unavailable', { service: 'The database' })
    : sendProblem(request, reply, 'internal', {});
}

type ValidationIssue = NonNullable<FastifyError['validation']>[number];

/** An entry for every field that an issue is about: names that are not known are fields too. */
function nameFields(
  context: string | undefined,
  { keyword, instancePath, message, params }: ValidationIssue,
): NonNullable<Problem['errors']> {
  const parts = [context, ...instancePath.split('/')].filter(Boolean);
  if (keyword === 'unrecognized_keys')
    return (params['keys'] as string[]).map((name) => ({
      field: [...parts, name].join('.'),
      message: 'is not known here',
    }));
  return [{ field: parts.join('.'), message: message ?? 'is not valid' }];
}

/** The methods of the routes that an address fits. */
function methodsAt(app: FastifyInstance, url: string): string[] {
  const parts = url.split('?')[0]!.split('/');
  const fitting = app.guardedRoutes.filter(({ url: pattern }) => {
    const wanted = pattern.split('/');
    return (
      wanted.length === parts.length && wanted.every((part, at) => part.startsWith(':') || part === parts[at])
    );
  });
  return [...new Set(fitting.map(({ method }) => method))];
}

function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  code: ErrorCode,
  params: ErrorParams,
  errors?: Problem['errors'],
  status: number = ERRORS[code].httpStatus,
): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  const { title, detail, help } = describeError(code, params, answerLanguage(request, reply));
  const problem: Problem = {
    type: `urn:tain:error:${code}`,
    title,
    status,
    detail,
    code,
    help,
    requestId: request.id,
    ...(errors && { errors }),
  };
  return reply.code(status).type('application/problem+json').serializer(JSON.stringify).send(problem);
}

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

export function registerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof TainError) {
      if (ERRORS[error.code].httpStatus >= 500) request.log.error({ err: error }, 'request.failed');
      return sendProblem(request, reply, error.code, error.params);
    }
    if (hasZodFastifySchemaValidationErrors(error)) {
      const errors = error.validation.map(({ instancePath, message }) => ({
        field: `${error.validationContext}${instancePath.replaceAll('/', '.')}`,
        message: message ?? 'is not valid',
      }));
      const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
      return sendProblem(request, reply, 'request.invalid', { detail }, errors);
    }
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500)
      return sendProblem(request, reply, 'request.invalid', { detail: error.message }, undefined, status);
    request.log.error({ err: error }, 'request.failed');
    const unavailable = ['ECONNREFUSED', 'CONNECT_TIMEOUT', 'CONNECTION_CLOSED', 'CONNECTION_ENDED'].includes(
      error.code,
    );
    return unavailable
      ? sendProblem(request, reply, 'service.unavailable', { service: 'The database' })
      : sendProblem(request, reply, 'internal', {});
  });

  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, 'request.not-found', { method: request.method, url: request.url }),
  );
}

function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  code: ErrorCode,
  params: ErrorParams,
  errors?: Problem['errors'],
  status: number = ERRORS[code].httpStatus,
): FastifyReply {
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

/** One line for each request, when it is over: two would say little more and cost twice as much. */
import { LogController, type FastifyReply, type FastifyRequest } from 'fastify';

export class RequestLog extends LogController {
  override incomingRequest(): void {
    // Its end says it all.
  }

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const line = {
      method: request.method,
      url: request.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      caller: request.user?.sub,
      ip: request.ip,
    };
    // An answer that could not be sent to its end: nearly always a client that went away.
    if (error) reply.log.info({ ...line, reason: error.message }, 'request.broken-off');
    else reply.log.info(line, 'request.completed');
  }
}

/** The resource monitor over HTTP: how this machine is, and whether it is well enough to start something. */
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { GpuMonitor } from './monitor.ts';

/**
 * `GET /status` answers {node, at, available, reasons, cpu, memory, problem, gpus}: shares in per cent, memory of GPUs in bytes,
 * null for what the machine does not say, and of each GPU whether it is available and why not. It is told to anybody who
 * reaches the port, and changes nothing. `GET /livez` answers as long as the process does.
 * @param node the name of this machine
 */
export function buildMonitorApp(monitor: GpuMonitor, node: string, log: FastifyBaseLogger): FastifyInstance {
  const app: FastifyInstance = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
  });
  app.get('/livez', () => ({ status: 'ok' }));
  app.get('/status', async (_request, reply) => {
    const { at, reading, availability } = await monitor.look();
    const { available, reasons, gpus: judged } = availability;
    const { gpus, ...host } = reading;
    reply.header('cache-control', 'no-store');
    return {
      ...{ node, at, available, reasons },
      ...host,
      // Judged in the order in which they were read.
      gpus: gpus.map((gpu, at) => ({
        ...gpu,
        available: judged[at]!.available,
        reasons: judged[at]!.reasons,
      })),
    };
  });
  return app;
}

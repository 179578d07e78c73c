import net from 'node:net';
import { StartError } from './start-error.ts';

/** How many ports above the preferred one are tried. */
const RANGE = 200;

/**
 * The port that a server on 127.0.0.1 shall listen on: the configured one, or else the first free one from
 * `preferred` upwards. Nothing is reserved: whoever binds first has it, so servers without a configured port try
 * again when theirs was taken in between.
 *
 * @param variable environment variable that configures the port, for the error
 * @throws StartError when the configured port is taken, or none in the range is free
 */
export async function choosePort(
  configured: number | undefined,
  preferred: number,
  variable: string,
): Promise<number> {
  if (configured !== undefined) {
    if (await isFree(configured)) return configured;
    throw new StartError(
      `Port ${configured}, set by ${variable}, is in use by another program.`,
      `Stop that program, or set ${variable} to another port, or unset it to take a free one.`,
    );
  }
  const last = Math.min(preferred + RANGE, 65_535);
  for (let port = preferred; port <= last; port += 1) if (await isFree(port)) return port;
  throw new StartError(
    `None of the ports ${preferred} to ${last} is free on 127.0.0.1.`,
    `Set ${variable} to a port that is.`,
  );
}

/** Connecting comes first: macOS lets a second program bind 127.0.0.1 while another one listens on all addresses. */
async function isFree(port: number): Promise<boolean> {
  return !(await isListening(port)) && (await binds(port));
}

/** Whether something accepts connections on the port of 127.0.0.1. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.setTimeout(1000, () => done(true));
  });
}

function binds(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

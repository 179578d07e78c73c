/** Waiting for the other side of a connection to read. */
import type { Socket } from 'node:net';

/** Until there is room to write again, or nobody to write to. */
export function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
    if (socket.destroyed) done();
  });
}

/** The process's own output as the end of a pipeline. */
import { Writable } from 'node:stream';

/** Ends with what is written to it; the process's own output must stay open. */
export const standardOutput = (): Writable =>
  new Writable({ write: (chunk: Buffer, _encoding, done) => void process.stdout.write(chunk, done) });

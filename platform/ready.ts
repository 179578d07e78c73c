/**
 * A process says that it is ready by one line on its output, whatever the log level; whoever started it looks for it.
 */
const MARK = 'tain.ready';

export function sayReady(role: string): void {
  process.stdout.write(`${JSON.stringify({ msg: MARK, role, pid: process.pid })}\n`);
}

export function isReadyLine(line: string): boolean {
  return line.includes(`"${MARK}"`);
}

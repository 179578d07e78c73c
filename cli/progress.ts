/** How far a long command is, on one line that goes away again; nothing where nobody watches. */
import { formatCount } from './print.ts';

const PROGRESS_MS = 500;

export type Progress = ReturnType<typeof createProgress>;

export function createProgress() {
  let shownAt = Date.now();
  let isShown = false;
  const write = (text: () => string): void => {
    if (!process.stderr.isTTY || Date.now() - shownAt < PROGRESS_MS) return;
    shownAt = Date.now();
    isShown = true;
    process.stderr.write(`\r\u001b[K${text()}`);
  };
  return {
    show(name: string, bytes: number, ofBytes: number): void {
      write(() => `${name}: ${ofBytes === 0 ? 0 : Math.floor((bytes / ofBytes) * 100)} %`);
    },
    /** Where nobody knows how many there will be. */
    count(name: string, count: number): void {
      write(() => `${name}: ${formatCount(count)}`);
    },
    clear(): void {
      if (isShown) process.stderr.write('\r\u001b[K');
      isShown = false;
    },
  };
}

/** How far a long command is, on one line that goes away again; nothing where nobody watches. */
const PROGRESS_MS = 500;

export type Progress = ReturnType<typeof createProgress>;

export function createProgress() {
  let shownAt = Date.now();
  let isShown = false;
  return {
    show(name: string, bytes: number, ofBytes: number): void {
      if (!process.stderr.isTTY || Date.now() - shownAt < PROGRESS_MS) return;
      shownAt = Date.now();
      isShown = true;
      const percent = ofBytes === 0 ? 0 : Math.floor((bytes / ofBytes) * 100);
      process.stderr.write(`\r\u001b[K${name}: ${percent} %`);
    },
    clear(): void {
      if (isShown) process.stderr.write('\r\u001b[K');
      isShown = false;
    },
  };
}

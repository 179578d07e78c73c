/** Runs nvidia-smi, which may be missing, fail, or hang in a driver that is stuck. */
import { execFile } from 'node:child_process';
import { systemErrorCode } from '../embedded/start-error.ts';
import { NvidiaSmiError } from './nvidia-smi.ts';

/** What it printed; null: there is no such program. */
export type RunNvidiaSmi = (args: readonly string[]) => Promise<string | null>;

const TIMEOUT_MS = 5000;
/** Of a machine with 16 GPUs the XML has about 500 kB. */
const MAX_BYTES = 16 * 1024 ** 2;

/**
 * @param command name or path of the program
 * @param environment with the PATH that it is looked for in
 * @throws NvidiaSmiError (the returned function) when it fails, hangs, or still hangs from before
 */
export function createNvidiaSmi(
  command: string,
  environment: Readonly<Record<string, string>>,
  timeoutMs = TIMEOUT_MS,
): RunNvidiaSmi {
  /** Those that did not end: SIGKILL does not reach a process that waits inside of a driver. */
  let hanging = 0;
  return (args) => {
    if (hanging > 0) return Promise.reject(new NvidiaSmiError('nvidia-smi hangs since an earlier look'));
    return new Promise((resolve, reject) => {
      hanging += 1;
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new NvidiaSmiError(`nvidia-smi said nothing for ${timeoutMs} ms`));
      }, timeoutMs);
      const child = execFile(
        command,
        [...args],
        { env: { ...environment, LC_ALL: 'C' }, maxBuffer: MAX_BYTES, encoding: 'utf8' },
        (error, stdout, stderr) => {
          hanging -= 1;
          clearTimeout(timer);
          if (!error) resolve(stdout);
          else if (systemErrorCode(error) === 'ENOENT') resolve(null);
          // It ends with 6 where the driver finds no card.
          else if (/No devices were found/i.test(stdout)) resolve(stdout);
          else reject(new NvidiaSmiError(firstLine(stderr) || firstLine(stdout) || error.message));
        },
      );
    });
  };
}

const firstLine = (text: string): string => text.trim().split('\n')[0]!.slice(0, 200);

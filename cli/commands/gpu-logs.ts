/** tain gpu logs: what a training job wrote, or writes. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { GpuOutputEvent } from '../../contracts/gpu-jobs.schema.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi } from '../api-client.ts';
import { parseCount } from '../arguments.ts';
import { plainLines } from '../print.ts';

/** The API may be started anew while somebody follows. */
const BACK_MS = 2000;
const MOST_FAILURES = 30;

type Options = { readonly follow?: true; readonly attempt?: number; readonly stderr?: true };

export function addGpuLogs(gpu: Command): void {
  gpu
    .command('logs <job>')
    .description('what a job wrote: its last attempt, or the one that is named')
    .option('--follow', 'go on with what it writes, until it has ended')
    .option('--attempt <number>', 'from 1; absent: the last one', parseCount)
    .option('--stderr', 'its standard error; absent: its standard output')
    .action(async (job: string, { follow, attempt, stderr }: Options) => {
      const query = { stream: stderr ? 'stderr' : 'stdout', ...(attempt !== undefined && { attempt }) };
      if (follow) return followJob(job, query);
      // As long as it needs.
      const text = await (await connectApi(loadConfig())).gpuLogs(job, query);
      for await (const part of text.setEncoding('utf8')) await write(part as string);
    });
}

/** Comes back behind the last piece when the stream ends before the job has, or its token does. */
async function followJob(job: string, query: Record<string, string | number>): Promise<void> {
  let lastId: string | null = null;
  for (let failures = 0; ; failures += 1) {
    let rest = '';
    try {
      // Anew each time: tokens end, and the API may be elsewhere.
      const api = await connectApi(loadConfig());
      const stream = await api.followGpuLogs(job, query, lastId);
      for await (const part of stream.setEncoding('utf8')) {
        const blocks = `${rest}${part as string}`.split('\n\n');
        rest = blocks.pop()!;
        for (const block of blocks) {
          const { id, data } = readEvent(block);
          if (data !== null && 'state' in data) return;
          if (data !== null) await write(data.text);
          lastId = id ?? lastId;
          failures = 0;
        }
      }
    } catch (error) {
      // Not there at all, or not for this caller: it would be said again and again.
      if (lastId === null || failures >= MOST_FAILURES) throw error;
    }
    await sleep(BACK_MS);
  }
}

function readEvent(block: string): { readonly id: string | null; readonly data: GpuOutputEvent | null } {
  const field = (name: string): string | null =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2) ?? null;
  const data = field('data');
  return { id: field('id'), data: data === null ? null : (JSON.parse(data) as GpuOutputEvent) };
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(plainLines(text))) await once(process.stdout, 'drain');
}

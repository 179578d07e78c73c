/** tain rejections FILE_ID: the rejected records of a received file, to be mended and sent in again. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { loadConfig } from '../../platform/config.ts';
import { StartError, systemErrorCode } from '../../platform/embedded/start-error.ts';
import { connectApi } from '../api-client.ts';
import { standardOutput } from '../standard-output.ts';

export function addRejections(program: Command): void {
  program
    .command('rejections')
    .argument('<file-id>', 'as tain ingest prints it, like 20261121-<32 hex digits>')
    .description('list the rejected records of a received file as CSV; mended and sent in, they are linked')
    .option('--output <file>', 'write the list there instead of printing it')
    .action(async (id: string, { output }: { output?: string }) => {
      const list = await (await connectApi(loadConfig())).rejections(id);
      const target = output === undefined ? standardOutput() : createWriteStream(output);
      await pipeline(list, target).catch((error: unknown) => {
        const reason = systemErrorCode(error) ?? (error as Error).message;
        // A reader that has seen enough (`| head`).
        if (output === undefined && reason === 'EPIPE') return;
        throw new StartError(
          `The list of ${id} is not complete: it could not be written to ${output ?? 'the output'} (${reason}).`,
          'Run the command again.',
        );
      });
    });
}

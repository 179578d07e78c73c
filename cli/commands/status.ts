/** tain status: what runs here and how the inbox is doing. */
import type { Command } from 'commander';
import { loadConfig } from '../../platform/config.ts';
import { readInstance } from '../../platform/embedded/instance.ts';
import { connectApi } from '../api-client.ts';
import { describeProgress } from './ingest.ts';
import { formatTable, print } from '../print.ts';
import { formatTime } from '../reader.ts';

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('what runs here, and how the files are doing')
    .action(async () => {
      const config = loadConfig();
      const instance = await readInstance(config.TAIN_STATE_DIR);
      const api = await connectApi(config);
      const inbox = await api.inbox();
      print(
        formatTable([
          ['API', `${api.url}/docs`],
          ...(instance?.temporalUiUrl ? [['Temporal UI', instance.temporalUiUrl]] : []),
          ['inbox', `${inbox.dataDir}/${inbox.today}/rec`],
          ['inbox workflow', inbox.workflow],
          ...Object.entries(inbox.files).map(([state, files]) => [`files ${state}`, String(files)]),
        ]),
      );
      const { files } = await api.files({ limit: 10 });
      if (files.length === 0) return;
      print();
      print(
        formatTable(
          files.map((file) => [
            file.folderDate,
            file.name,
            describeProgress(file),
            `received ${formatTime(file.receivedAt)}`,
            file.problem?.code ?? '',
          ]),
        ),
      );
    });
}

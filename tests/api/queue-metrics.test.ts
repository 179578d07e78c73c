import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { QUEUES } from '../../contracts/queues.ts';
import { buildTestApp } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();

it('tells how many tasks wait on a queue that no worker serves, and of every queue that there is', async () => {
  const { client } = temporal;
  for (const at of [1, 2, 3])
    await client.workflow.start('reportOnDemand', {
      taskQueue: QUEUES.swapOnDemand,
      workflowId: `waits-${at}-${randomUUID()}`,
    });

  await until(async () => {
    // Its answer stands for some seconds: each look is another API's.
    const app = await buildTestApp({ sql: database.sql, client });
    const { body } = await app.inject({ method: 'GET', url: '/metrics' });
    await app.close();
    expect(body).toMatch(/^tain_queue_backlog_tasks\{queue="swap-on-demand"\} 3$/m);
    for (const queue of Object.values(QUEUES)) {
      expect(body).toMatch(new RegExp(`^tain_queue_backlog_tasks\\{queue="${queue}"\\} \\d+$`, 'm'));
      expect(body).toMatch(new RegExp(`^tain_queue_backlog_seconds\\{queue="${queue}"\\} \\d+$`, 'm'));
    }
  });
});

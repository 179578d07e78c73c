import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import { provided } from '../support/engines.ts';

const HISTORIES = path.join(import.meta.dirname, 'histories');

const replay = (history: unknown) =>
  Worker.runReplayHistory({ workflowBundle: { codePath: provided('TAIN_TEST_WORKFLOW_BUNDLE') } }, history);

type StoredEvent = { activityTaskScheduledEventAttributes?: { activityType: { name: string } } };
type StoredHistory = { events: StoredEvent[] };

const load = async (name: string): Promise<StoredHistory> =>
  JSON.parse(await readFile(path.join(HISTORIES, name), 'utf8')) as StoredHistory;

describe('stored histories', () => {
  it('exist for every workflow type', async () => {
    const names = await readdir(HISTORIES);

    for (const { workflowType } of Object.values(LIFECYCLES)) {
      expect(names.some((name) => name.startsWith(`${workflowType}-`))).toBe(true);
    }
  });

  it('replay under the present workflow code', async () => {
    for (const name of await readdir(HISTORIES))
      await expect(replay(await load(name))).resolves.toBeUndefined();
  });

  it('do not replay when the order of activities differs, as after an incompatible change', async () => {
    const history = await load('fileIngest-published.json');
    const scheduled = history.events.flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
    expect(scheduled.map(({ activityType }) => activityType.name)).toEqual([
      'inspectFile',
      'ingestRecords',
      'publishFile',
      'applyRecords',
    ]);

    scheduled[0]!.activityType.name = 'publishFile';

    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });
});

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe } from '@jest/globals';
import { jobFiles } from '../../../platform/executors/job-files.ts';
import { describeLifecycle } from '../../support/executor-lifecycle.ts';
import { HOLDS, useRuns } from '../../support/runs.ts';

describe.each(HOLDS)('with processes that are %s', (_, cgroupParent) => {
  const runs = useRuns(cgroupParent);
  describeLifecycle('as a process of this machine', runs, async (name) => {
    const { key } = jobFiles(runs.at('runs', name));
    const group = cgroupParent === null ? null : path.join(cgroupParent, `tain-run-${key}`);
    return [
      ...readdirSync(runs.at('runs', name)).filter((file) => file !== 'runner.json'),
      ...(group !== null && existsSync(group) ? [group] : []),
    ];
  });
});

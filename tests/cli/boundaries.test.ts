import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ROOT_DIR } from '../../platform/config.ts';

const written: string[] = [];

/** What dependency-cruiser says of one more file in the project. */
function judge(file: string, source: string): { ok: boolean; output: string } {
  const place = path.join(ROOT_DIR, file);
  written.push(place);
  writeFileSync(place, source);
  const depcruise = path.join(ROOT_DIR, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const args = [depcruise, '--config', '.dependency-cruiser.cjs', '--output-type', 'err', file];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: ROOT_DIR, encoding: 'utf8' });
  return { ok: status === 0, output: stdout };
}

afterEach(() => {
  for (const place of written.splice(0)) rmSync(place, { force: true });
});

describe('import boundaries', () => {
  it.each([
    [
      'workflows',
      "import { createInboxActivities } from '../activities/inbox.ts';\nexport const x = createInboxActivities;\n",
    ],
    ['workflows', "import { FileView } from '../contracts/files.schema.ts';\nexport const x = FileView;\n"],
    ['domain', "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n"],
    ['domain', "import { z } from 'zod';\nexport const x = z;\n"],
    [
      'api',
      "import { createInboxActivities } from '../activities/inbox.ts';\nexport const x = createInboxActivities;\n",
    ],
    ['platform', "import { migrate } from '../db/migrate.ts';\nexport const x = migrate;\n"],
    [
      'contracts',
      "import { connectPostgres } from '../platform/postgres.ts';\nexport const x = connectPostgres;\n",
    ],
  ])('stop a forbidden import in %s', (layer, source) => {
    const file = `${layer}/forbidden-import.ts`;

    const { ok, output } = judge(file, source);

    expect(ok).toBe(false);
    expect(output).toContain(file);
  });

  it('let a workflow know activities by their types', () => {
    const source =
      "import type { InboxActivities } from '../activities/inbox.ts';\nexport type X = InboxActivities;\n";

    expect(judge('workflows/type-import.ts', source)).toMatchObject({ ok: true });
  });
});

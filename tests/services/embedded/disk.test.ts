import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { requireRoom } from '../../../platform/embedded/disk.ts';

describe('room on the disk', () => {
  const notThereYet = path.join(tmpdir(), 'not', 'there', 'yet');

  it('is asked of the disk that a directory will be on', async () => {
    await expect(requireRoom(notThereYet, 0)).resolves.toBeUndefined();
  });

  it('that is missing is said in one sentence with the directory and what to do', async () => {
    const refused = requireRoom(notThereYet, Number.MAX_SAFE_INTEGER);

    await expect(refused).rejects.toMatchObject({
      name: 'StartError',
      help: expect.stringContaining('Free some space'),
    });
    await expect(refused).rejects.toThrow(notThereYet);
  });
});

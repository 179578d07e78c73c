import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { provided } from '../support/engines.ts';

describe('the workflow bundle', () => {
  it('has the English words of errors and no Korean ones: workflows and logs speak English', async () => {
    const bundle = await readFile(provided('TAIN_TEST_WORKFLOW_BUNDLE'), 'utf8');

    expect(bundle).toContain('The file is empty');
    expect(bundle).not.toMatch(/[가-힣]|\\u[bc][0-9a-f]{3}/);
  });
});

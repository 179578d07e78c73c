import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readPressure } from '../../platform/pressure.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'tain-pressure-'));
afterAll(() => rmSync(dir, { recursive: true }));

const at = (name: string) => (what: string) => path.join(dir, `${name}-${what}`);

function write(name: string, texts: Record<string, string>): void {
  for (const [what, text] of Object.entries(texts)) writeFileSync(at(name)(what), text);
}

const line = (kind: string, avg10: string): string =>
  `${kind} avg10=${avg10} avg60=1.00 avg300=2.00 total=123\n`;

describe('what waits on this machine', () => {
  it('is read from the kernel, with or without a line for the cores of what waits as a whole', async () => {
    write('whole', {
      cpu: line('some', '15.09'),
      io: line('some', '3.50') + line('full', '2.25'),
      memory: line('some', '0.00') + line('full', '0.00'),
    });

    expect(await readPressure([at('whole')])).toEqual({
      cpuSome: 15.09,
      ioSome: 3.5,
      ioFull: 2.25,
      memorySome: 0,
      memoryFull: 0,
    });
  });

  it('is read from the next place where one does not tell, and is unknown where none does', async () => {
    write('odd', { cpu: '', io: 'nonsense', memory: line('some', '1.00') });

    expect(await readPressure([at('none'), at('odd'), at('whole')])).toMatchObject({ cpuSome: 15.09 });
    expect(await readPressure([at('none'), at('odd')])).toBeNull();
  });

  const hasPsi = existsSync('/proc/pressure/cpu');
  (hasPsi ? it : it.skip)('is told by the kernel here', async () => {
    const pressure = await readPressure();

    for (const share of Object.values(pressure!)) {
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(100);
    }
  });
});

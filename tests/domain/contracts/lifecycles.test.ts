import { describe, expect, it } from '@jest/globals';
import { folderAt, formatFolderDate, parseFolderDate } from '../../../contracts/folders.ts';
import { formatFileId, LIFECYCLES, parseFileId, parseFileWorkflowId } from '../../../contracts/lifecycles.ts';
import { QUEUES } from '../../../contracts/queues.ts';

const SHA256 = '0123456789abcdef'.repeat(4);
const FILE = { folderDate: '20261121', sha256Prefix: SHA256.slice(0, 32) };

describe('ids', () => {
  it('of a file lead back to the file', () => {
    expect(parseFileWorkflowId(LIFECYCLES.fileIngest.workflowId(FILE))).toEqual(FILE);
    expect(parseFileId(formatFileId('2026-11-21', SHA256))).toEqual(FILE);
  });

  it('of anything else are no files', () => {
    for (const id of ['inbox', 'file/2026/abc', `file/20261121/${SHA256}`, '']) {
      expect(parseFileWorkflowId(id)).toBeNull();
      expect(parseFileId(id)).toBeNull();
    }
  });
});

describe('the lifecycles', () => {
  it('are served by queues of the table', () => {
    const queues: string[] = Object.values(QUEUES);
    for (const { taskQueue } of Object.values(LIFECYCLES)) expect(queues).toContain(taskQueue);
  });
});

describe('folders', () => {
  it.each([
    ['20261121', '2026-11-21'],
    ['20240229', '2024-02-29'],
    ['20260229', null],
    ['20261301', null],
    ['2026-11-21', null],
    ['00000101', null],
  ])('are days of the calendar: %s is %s', (folder, date) => {
    expect(parseFolderDate(folder)).toBe(date);
    if (date) expect(formatFolderDate(date)).toBe(folder);
  });

  it('change at midnight of the configured zone', () => {
    const lateInSeoul = Date.UTC(2026, 10, 21, 14, 59, 59);

    expect(folderAt(lateInSeoul, 'Asia/Seoul')).toBe('20261121');
    expect(folderAt(lateInSeoul + 1000, 'Asia/Seoul')).toBe('20261122');
    expect(folderAt(lateInSeoul, 'America/New_York')).toBe('20261121');
  });
});

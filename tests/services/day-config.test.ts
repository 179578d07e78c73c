import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_DAY_SETTINGS } from '../../domain/cftc-day/day-settings.ts';
import { loadDaySettings } from '../../platform/day-config.ts';

const CALENDARS = new Set(['US', 'KR']);
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'tain-days-'));
});
afterAll(async () => rm(directory, { recursive: true }));

const load = async (content: unknown) => {
  const file = path.join(directory, 'days.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return loadDaySettings(file, CALENDARS);
};

describe('the day file', () => {
  it('is not needed: days are cut in New York in the evening, and expect nothing', async () => {
    expect(await loadDaySettings(undefined, CALENDARS)).toEqual(DEFAULT_DAY_SETTINGS);
    expect(await load({})).toEqual(DEFAULT_DAY_SETTINGS);
  });

  it('says when days are cut and what they wait for', async () => {
    const settings = await load({
      calendar: 'KR',
      zone: 'Asia/Seoul',
      cut: '19:30',
      expects: [
        { name: 'rates', file: 'rates-*.csv', by: '17:30' },
        { name: 'desk', feed: 'fx' },
      ],
    });

    expect(settings).toEqual({
      calendar: 'KR',
      zone: 'Asia/Seoul',
      cut: 1170,
      expects: [
        { name: 'rates', kind: 'file', expected: 'rates-*.csv', by: 1050 },
        { name: 'desk', kind: 'feed', expected: 'fx', by: null },
      ],
    });
  });

  it.each([
    ['no JSON', '{"cut": ', 'the file'],
    ['another shape', [], 'the file'],
    ['a calendar that there is not', { calendar: 'DE' }, 'calendar'],
    ['a zone that there is not', { zone: 'Mars/Olympus' }, 'zone'],
    ['no time of day', { cut: '6pm' }, 'cut'],
    ['an input of no kind', { expects: [{ name: 'a' }] }, 'expects.0'],
    ['an input of two kinds', { expects: [{ name: 'a', file: '*', feed: 'b' }] }, 'expects.0'],
    ['a name that is no name', { expects: [{ name: 'A B', file: '*' }] }, 'expects.0.name'],
    ['a due time that is none', { expects: [{ name: 'a', file: '*', by: '25:00' }] }, 'expects.0.by'],
    [
      'two inputs of one name',
      {
        expects: [
          { name: 'a', file: '*' },
          { name: 'a', feed: 'b' },
        ],
      },
      'expects',
    ],
    ['a word that it does not know', { due: '17:30' }, 'the file'],
  ])('with %s is named with its place', async (_, content, place) => {
    await expect(load(content)).rejects.toMatchObject({
      code: 'day-file.invalid',
      params: { place, problem: expect.stringMatching(/./) as unknown },
    });
  });

  it('that cannot be read says why', async () => {
    await expect(loadDaySettings(path.join(directory, 'gone.json'), CALENDARS)).rejects.toMatchObject({
      code: 'day-file.unreadable',
      params: { reason: 'ENOENT' },
    });
  });
});

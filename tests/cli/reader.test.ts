import { describe, expect, it } from '@jest/globals';
import { formatTime, readerLanguage } from '../../cli/reader.ts';

describe('the language of the terminal', () => {
  it.each([
    ['ko_KR.UTF-8', 'ko'],
    ['ko_KR.utf8', 'ko'],
    ['ko_KR', 'ko'],
    ['ko', 'ko'],
    ['ko_KR.UTF-8@modifier', 'ko'],
    ['ko_KR.eucKR', 'en'],
    ['en_US.UTF-8', 'en'],
    ['de_DE.UTF-8', 'en'],
    ['kok_IN.UTF-8', 'en'],
    ['C', 'en'],
    ['C.UTF-8', 'en'],
    ['POSIX', 'en'],
    ['', 'en'],
    ['../ko', 'en'],
  ])('with LANG=%j is %s', (LANG, language) => {
    expect(readerLanguage({ LANG })).toBe(language);
  });

  it('is that of LC_ALL before LC_MESSAGES before LANG, empty ones being absent', () => {
    expect(readerLanguage({ LC_ALL: 'ko_KR.UTF-8', LC_MESSAGES: 'C', LANG: 'C' })).toBe('ko');
    expect(readerLanguage({ LC_ALL: 'C', LC_MESSAGES: 'ko_KR.UTF-8', LANG: 'ko_KR.UTF-8' })).toBe('en');
    expect(readerLanguage({ LC_ALL: '', LC_MESSAGES: 'ko_KR.UTF-8', LANG: 'C' })).toBe('ko');
    expect(readerLanguage({ LC_ALL: '', LC_MESSAGES: '', LANG: 'ko_KR.UTF-8' })).toBe('ko');
    expect(readerLanguage({})).toBe('en');
  });
});

describe('a time', () => {
  it.each([
    ['Asia/Seoul', '2026-11-22 00:07:09 Asia/Seoul'],
    ['America/New_York', '2026-11-21 10:07:09 America/New_York'],
    ['UTC', '2026-11-21 15:07:09 UTC'],
  ])('is shown in the zone of the reader, which is named: %s', (zone, shown) => {
    expect(formatTime('2026-11-21T15:07:09.987Z', zone)).toBe(shown);
  });

  it('at midnight is at hour 00 of the day that begins', () => {
    expect(formatTime('2026-11-21T15:00:00.000Z', 'Asia/Seoul')).toBe('2026-11-22 00:00:00 Asia/Seoul');
  });

  it('has a zone where none is given', () => {
    expect(formatTime('2026-11-21T15:07:09.987Z')).toMatch(/^2026-11-2[12] \d\d:\d\d:09 \S+$/);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { chooseLanguage } from '../../api/plugins/language.ts';
import type { FilePage } from '../../contracts/files.schema.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { LANGUAGES } from '../../contracts/texts/shape.ts';
import { refuseFile, registerFile } from '../../db/files.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useTemporal } from '../support/temporal.ts';

describe('the language of an answer', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['ko', 'ko'],
    ['ko-KR', 'ko'],
    ['KO-kr', 'ko'],
    ['ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7', 'ko'],
    ['en-US,en;q=0.9,ko;q=0.8', 'en'],
    ['en;q=0.3, ko;q=0.5', 'ko'],
    ['en; q=0.3 , ko ; q=0.5', 'ko'],
    ['ko, en', 'ko'],
    ['en, ko', 'en'],
    ['de, fr', 'en'],
    ['de, ko;q=0.1', 'ko'],
    ['*', 'en'],
    ['ko;q=0.5, *', 'en'],
    ['ko, *;q=0.5', 'ko'],
    ['en;q=0, *', 'ko'],
    ['ko;q=0, *;q=0.1', 'en'],
    ['ko;q=0', 'en'],
    ['en;q=0', 'en'],
    ['kok', 'en'],
    ['ko;q=2', 'en'],
    ['ko;q=-1', 'en'],
    ['ko;q=0.1234', 'en'],
    ['ko;level=1', 'en'],
    ['ko_KR', 'en'],
    [';;;,,,=q', 'en'],
    ['garbage!, ko;q=0.4', 'ko'],
  ])('for %j is %s', (header, language) => {
    expect(chooseLanguage(header)).toBe(language);
  });

  it('is one of ours for any header, in a time that a long one does not stretch', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ko-KRen*;q=0.159, \t"é') }), (header) => {
        expect(LANGUAGES).toContain(chooseLanguage(header));
      }),
    );
    expect(chooseLanguage('ko;q=0.1,'.repeat(20_000))).toBe('ko');
  });

  it('is the one with the greater weight, in whichever order they come', () => {
    const weight = fc.integer({ min: 1, max: 1000 }).map((thousandths) => thousandths / 1000);
    fc.assert(
      fc.property(weight, weight, (korean, english) => {
        fc.pre(korean !== english);
        const wishes = [`ko;q=${korean}`, `en;q=${english}`];
        const wanted = korean > english ? 'ko' : 'en';

        expect(chooseLanguage(wishes.join(','))).toBe(wanted);
        expect(chooseLanguage(wishes.reverse().join(', '))).toBe(wanted);
      }),
    );
  });
});

describe('the API', () => {
  const database = useDatabase();
  const temporal = useTemporal();
  let app: FastifyInstance;
  beforeAll(async () => {
    app = await buildTestApp({ sql: database.sql, client: temporal.client });
  });
  afterAll(async () => {
    await app.close();
  });

  const get = (url: string, acceptLanguage: string) =>
    app.inject({
      method: 'GET',
      url,
      headers: {
        ...bearer(tokenFor('viewer')),
        'accept-language': acceptLanguage,
      },
    });
  const NOWHERE = '20261121-00000000000000000000000000000000';

  it('answers a problem in the language asked for, and says so', async () => {
    const korean = await get(`/v1/files/${NOWHERE}`, 'ko-KR,ko;q=0.9');
    const english = await get(`/v1/files/${NOWHERE}`, 'en');

    expect(korean.headers).toMatchObject({ 'content-language': 'ko', vary: 'Accept-Language' });
    expect(korean.json<Problem>()).toMatchObject({
      status: 404,
      code: 'file.not-found',
      title: '해당 파일이 없습니다',
      detail: `${NOWHERE} 파일을 찾을 수 없습니다.`,
      help: '등록된 파일은 GET /v1/files에서 확인하십시오.',
    });
    expect(english.headers).toMatchObject({ 'content-language': 'en', vary: 'Accept-Language' });
    expect(english.json<Problem>().title).toBe('There is no such file');
  });

  it.each(['/v1/nothing', '/v1/files?limit=0'])('speaks Korean of the mistakes in %s', async (url) => {
    const problem = (await get(url, 'ko')).json<Problem>();

    for (const text of [problem.title, problem.detail, problem.help]) expect(text).toMatch(/[가-힣]{2}/);
  });

  it('tells why a file was refused in the language asked for', async () => {
    const { fileId } = await registerFile(database.sql, {
      folderDate: '2026-11-21',
      sha256: 'ab'.repeat(32),
      fileName: 'refused.csv',
      path: '20261121/rec/refused.csv',
      sizeBytes: 7,
    });
    await refuseFile(database.sql, fileId, {
      code: 'file.header-unknown',
      params: { file: 'refused.csv', problem: 'utf16' },
    });

    const korean = await get('/v1/files?date=2026-11-21', 'ko');
    const [file] = korean.json<FilePage>().files;
    const english = await get(`/v1/files/${file!.id}`, 'en');

    expect(korean.headers).toMatchObject({ 'content-language': 'ko', vary: 'Accept-Language' });
    expect(file!.problem!.detail).toContain('파일을 UTF-8로 저장하십시오.');
    expect(english.json<FilePage['files'][number]>().problem!.detail).toContain('save the file as UTF-8.');
  });
});

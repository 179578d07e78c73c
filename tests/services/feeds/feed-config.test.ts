import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeFeed, loadFeed, loadFeeds, readPassword } from '../../../platform/feeds/feed-config.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'tain-feeds-'));
});
afterAll(async () => rm(directory, { recursive: true }));

const DESK = { name: 'desk', kind: 'tcp-session', host: 'feed.example.com', port: 9001 };
const write = async (content: unknown, name = 'feeds.json'): Promise<string> => {
  const file = path.join(directory, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};

describe('the feeds file', () => {
  it('is not needed: then there are no feeds', async () => {
    expect(await loadFeeds(undefined)).toEqual([]);
    await expect(loadFeed(undefined, 'desk')).rejects.toMatchObject({ code: 'feed.not-configured' });
  });

  it('gives each feed its settings, with what is usual where nothing is said', async () => {
    const file = await write({ feeds: [DESK, { ...DESK, name: 'fx', acknowledge: true, silenceMs: 3000 }] });
    expect(await loadFeeds(file)).toMatchObject([
      { name: 'desk', user: '', acknowledge: false, silenceMs: 15_000 },
      { name: 'fx', acknowledge: true, silenceMs: 3000 },
    ]);
    expect(await loadFeed(file, 'fx')).toMatchObject({ name: 'fx' });
  });

  it.each([
    ['no JSON', '{"feeds": [', 'the file'],
    ['another shape', [], 'the file'],
    ['a feed without a port', { feeds: [{ ...DESK, port: undefined }] }, 'feeds.0.port'],
    ['a port that does not exist', { feeds: [{ ...DESK, port: 70_000 }] }, 'feeds.0.port'],
    ['a name that is no name', { feeds: [{ ...DESK, name: 'Desk 1' }] }, 'feeds.0.name'],
    ['a misspelt field', { feeds: [{ ...DESK, acknowlege: true }] }, 'feeds.0'],
    ['a kind that is not known', { feeds: [{ ...DESK, kind: 'kafka' }] }, 'feeds.0.kind'],
    ['a user that does not fit into a login', { feeds: [{ ...DESK, user: 'sevench' }] }, 'feeds.0.user'],
    ['two feeds of one name', { feeds: [DESK, DESK] }, 'feeds'],
  ])('with %s is refused, naming file and place', async (_what, content, place) => {
    const file = await write(content);
    await expect(loadFeeds(file)).rejects.toMatchObject({ code: 'feeds.invalid', params: { file, place } });
  });

  it('that is not there is named', async () => {
    const file = path.join(directory, 'none.json');
    await expect(loadFeeds(file)).rejects.toMatchObject({
      code: 'feeds.unreadable',
      params: { file, reason: 'ENOENT' },
    });
  });

  it('keeps passwords in files of their own, which are shown nowhere', async () => {
    const file = await write({ feeds: [{ ...DESK, passwordFile: 'desk.password' }] });
    await write('s3cret\n', 'desk.password');
    const feed = await loadFeed(file, 'desk');
    expect(await readPassword(file, feed)).toBe('s3cret');
    expect(JSON.stringify(describeFeed(feed))).not.toContain('s3cret');
    await write('much too long', 'desk.password');
    await expect(readPassword(file, feed)).rejects.toMatchObject({ code: 'feeds.invalid' });
  });
});

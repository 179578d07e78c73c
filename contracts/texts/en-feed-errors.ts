/** The words for errors of feeds, in English. Spread into those of all errors. */
import type { FeedErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

export const ENGLISH_FEED_ERRORS: Readonly<Record<FeedErrorCode, ErrorWords>> = {
  'feed.unreachable': {
    title: 'The server of a feed cannot be reached',
    help: 'Tain tries again by itself; check address, network and whether the server runs.',
    detail: (param) =>
      `Feed ${param('feed')}: ${param('address')} does not accept connections (${param('reason')}).`,
  },
  'feed.disconnected': {
    title: 'The connection of a feed has ended',
    help: 'Tain connects again by itself, behind the last message that it took.',
    detail: (param) => `Feed ${param('feed')}: the server closed the connection (${param('reason')}).`,
  },
  'feed.silent': {
    title: 'The server of a feed is silent',
    help: 'Tain connects again by itself; ask the sender whether heartbeats are sent as agreed.',
    detail: (param) => `Feed ${param('feed')}: nothing came for ${param('ms')} ms, not even a heartbeat.`,
  },
  'feed.packet-unfinished': {
    title: 'A packet of a feed did not come to its end',
    help: 'Tain connects again by itself and asks for the message anew; nothing of the half was taken.',
    detail: (param) =>
      `Feed ${param('feed')}: ${param('bytes')} bytes of a packet came, and not the rest within ${param('ms')} ms.`,
  },
  'feed.packet-invalid': {
    title: 'A feed sends what is no packet',
    help: 'Tain connects again by itself; if it comes again, show the sender offset and bytes.',
    detail: (param) =>
      `Feed ${param('feed')}: at byte ${param('offset')} of the connection, behind sequence ${param('sequence')}, ` +
      `stands no packet (${param('problem')}): ${param('bytes')}.`,
  },
  'feed.login-refused': {
    title: 'A feed refuses the login',
    help: 'Correct user and password of the feed, then resume it.',
    detail: (param) =>
      `Feed ${param('feed')}: the server refuses user ${quote(param('user'))} (${param('code')}).`,
  },
  'feed.session-unavailable': {
    title: 'A feed does not have the session that was asked for',
    help: 'Tain tries again by itself; ask the sender when the session begins and how it is called.',
    detail: (param) => `Feed ${param('feed')}: the server has no session ${quote(param('session'))} now.`,
  },
  'feed.session-in-use': {
    title: 'Somebody else reads the session of a feed',
    help: 'Stop the other consumer; Tain tries again by itself and takes over when it is gone.',
    detail: (param) =>
      `Feed ${param('feed')}: the server refuses a second consumer of session ${quote(param('session'))}.`,
  },
  'feed.session-changed': {
    title: 'A feed has another session than the one that was asked for',
    help: 'Ask the sender whether the old session has ended, then start the feed with the new one.',
    detail: (param) =>
      `Feed ${param('feed')}: session ${quote(param('expected'))} was asked for, the server has ${quote(param('actual'))}.`,
  },
  'feed.session-restarted': {
    title: 'A feed began its session anew under the same name',
    help: 'Ask the sender for a session of its own; until then sequence numbers mean two things, and nothing is taken.',
    detail: (param) =>
      `Feed ${param('feed')}: session ${quote(param('session'))} was read up to ${param('last')} and has begun anew.`,
  },
  'feed.superseded': {
    title: 'Another reader of a feed has taken over',
    help: 'Nothing is to be done: what was not committed is read by the one that took over.',
    detail: (param) =>
      `Feed ${param('feed')}: this attempt (epoch ${param('epoch')}) may write nothing more.`,
  },
  'feed.batch-slow': {
    title: 'Messages of a feed take too long to be stored',
    help: 'Tain tries again with half as many at once; if it stays so, look what the database waits for.',
    detail: (param) =>
      `Feed ${param('feed')}: a batch of ${param('messages')} messages was given up after ${param('ms')} ms.`,
  },
  'feed.not-found': {
    title: 'There is no such feed',
    help: 'Look at the names with: tain feed. A feed is entered in the file that TAIN_FEEDS_FILE names.',
    detail: (param) => `There is no feed ${quote(param('feed'))}.`,
  },
  'feed.not-configured': {
    title: 'A feed is not in the feeds file',
    help: 'Enter it there, then resume it; or leave it out and start the realtime worker again to remove it.',
    detail: (param) => `Feed ${quote(param('feed'))} is not in ${param('file')}.`,
  },
  'feed.no-replay': {
    title: 'Missing messages of a feed cannot be had again',
    help: 'Enter under "replay" where the sender repeats messages, then configure the feed anew.',
    detail: (param) => `Feed ${param('feed')}: no address is known that repeats messages.`,
  },
  'feed.gap-lost': {
    title: 'A sender does not have missing messages any more',
    help: 'Ask the sender for these messages as a file; they count as missing until then.',
    detail: (param) =>
      `Feed ${param('feed')}: ${param('from')} to ${param('to')} of session ${quote(param('session'))} were asked for; ` +
      `the sender begins at ${param('actual')}.`,
  },
  'feed.gap-name-taken': {
    title: 'Missing messages are of a session whose name another one has',
    help: 'Ask the sender for these messages as a file; under this name it would repeat those of the later session.',
    detail: (param) =>
      `Feed ${param('feed')}: ${param('from')} to ${param('to')} of session ${quote(param('session'))} are not asked for, ` +
      'because a later session has its name.',
  },
  'feed.gap-unfilled': {
    title: 'Missing messages of a feed have not come yet',
    help: 'Tain asks again by itself; look whether the replay server of the sender runs.',
    detail: (param) =>
      `Feed ${param('feed')}: ${param('from')} to ${param('to')} of session ${quote(param('session'))} did not come ` +
      `within ${param('ms')} ms (${param('reason')}).`,
  },
  'feeds.invalid': {
    title: 'The feeds file cannot be used',
    help: 'Correct the file; docs/feeds.md shows one.',
    detail: (param) => `${param('file')}: ${param('place')}: ${param('problem')}`,
  },
  'feeds.unreadable': {
    title: 'A file of a feed cannot be read',
    help: 'Check TAIN_FEEDS_FILE, the passwordFile in it, and the rights of both.',
    detail: (param) => `${param('file')} cannot be read (${param('reason')}).`,
  },
  'feed.unattended': {
    title: 'Nobody looks after a feed',
    help:
      'Look at tain status: Temporal and the realtime worker must run. Then look at the feed before asking again, ' +
      'because a request that was not answered may still be carried out.',
    detail: (param) => `Feed ${param('feed')}: its supervisor did not answer within ${param('seconds')} s.`,
  },
};

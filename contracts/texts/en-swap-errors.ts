/** The words for errors of reading swaps and events. Spread into those of all errors. */
import type { SwapErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

export const ENGLISH_SWAP_ERRORS: Readonly<Record<SwapErrorCode, ErrorWords>> = {
  'swap.not-found': {
    title: 'There is no such swap or portfolio',
    help:
      'Give the whole UTI, or the USI where messages carry no UTI. GET /v1/swaps lists all keys, also by their beginning ' +
      '(prefix) and of portfolios alone (kind); records that were rejected are with their files.',
    detail: (param) => `No accepted message is about ${quote(param('key'))}.`,
  },
  'events.too-many': {
    title: 'Too many streams of events are open',
    help: 'Close one of them, or share one among your readers; then open this one again.',
    detail: (param) => `This caller has ${param('limit')} streams open, as many as one may have.`,
  },
  'events.full': {
    title: 'All streams of events are taken',
    help: 'Wait as long as the Retry-After header says and try again, or share one stream among your readers.',
    detail: (param) => `All ${param('limit')} streams that the API keeps open are taken.`,
  },
  'events.ahead': {
    title: 'The log has not come so far',
    help:
      'The entry was seen in another log, or this one was restored from a backup: read what you hold anew, ' +
      'then open the stream without a Last-Event-ID.',
    detail: (param) => `Entry ${param('after')} is ahead of the log, whose last entry is ${param('last')}.`,
  },
};

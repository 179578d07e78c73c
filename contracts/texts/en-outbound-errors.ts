/** The words for errors of what leaves and of what comes back, in English. Spread into those of all errors. */
import type { OutboundErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

export const ENGLISH_OUTBOUND_ERRORS: Readonly<Record<OutboundErrorCode, ErrorWords>> = {
  'outbound.invalid': {
    title: 'The outbound file cannot be used',
    help: 'Correct the file; docs/outbound.md shows one.',
    detail: (param) => `${param('file')}: ${param('place')}: ${param('problem')}`,
  },
  'outbound.unreadable': {
    title: 'A file of a target cannot be read',
    help: 'Check TAIN_OUTBOUND_FILE, the passwordFile in it, and the rights of both.',
    detail: (param) => `${param('file')} cannot be read (${param('reason')}).`,
  },
  'outbound.target-unknown': {
    title: 'There is no such target',
    help: 'Enter it in the file that TAIN_OUTBOUND_FILE names, then try the delivery again.',
    detail: (param) => `Target ${quote(param('target'))} is not in ${param('file')}.`,
  },
  'outbound.unreachable': {
    title: 'A target cannot be reached',
    help: 'Tain tries again by itself and sends what is not known to have come; check address and network.',
    detail: (param) => `Target ${param('target')} (${param('address')}): ${param('reason')}.`,
  },
  'outbound.stopped': {
    title: 'A target refuses to go on',
    help: 'Correct user and password, or ask the repository about the session, then try the delivery again.',
    detail: (param) => `Target ${param('target')} (${param('address')}): ${param('reason')}.`,
  },
  'outbound.superseded': {
    title: 'Another attempt sends to this target',
    help: 'Nothing is to be done: the newer attempt goes on from what is known to have come.',
    detail: (param) =>
      `Session ${param('session')} of target ${param('target')}: this attempt (epoch ${param('epoch')}) may store nothing more.`,
  },
  'outbound.answers-lost': {
    title: 'A target does not have answers any more',
    help: 'Ask the repository what became of the messages that have no answer; those that it does not have are given up and resubmitted.',
    detail: (param) =>
      `Target ${param('target')}: answers ${param('from')} to ${param('to')} of session ${param('session')} did not come.`,
  },
  'outbound.unwritable': {
    title: 'The folder of a target cannot be written',
    help: 'Free some room or correct the rights; Tain tries again by itself.',
    detail: (param) => `Target ${param('target')}: ${param('path')} cannot be written (${param('reason')}).`,
  },
  'outbox.vanished': {
    title: 'A file of the outbox is gone',
    help: 'Try the delivery again: Tain writes the file again from its messages, or takes the one that you have put back.',
    detail: (param) => `${param('file')} is not at ${param('path')} any more.`,
  },
  'outbox.changed': {
    title: 'A file of the outbox is not what was written',
    help: 'Try the delivery again: Tain writes the file again from its messages, or takes the one that you have put back.',
    detail: (param) =>
      `${param('file')} was written with sha-256 ${param('expected')} and has ${param('actual')}.`,
  },
  'outbox.unreadable': {
    title: 'A file of the outbox cannot be read',
    help: 'Look at the file, its rights and its disk; then try the delivery again.',
    detail: (param) => `${param('file')} cannot be read (${param('reason')}).`,
  },
  'outbox.unavailable': {
    title: 'A file of the outbox cannot be read now',
    help: 'Tain tries again by itself; look at the rights of the file, its disk, and how many files may be open.',
    detail: (param) => `${param('file')} cannot be opened (${param('reason')}).`,
  },
  'outbox.not-rebuilt': {
    title: 'A file of the outbox cannot be written again',
    help: 'Put the file back from a copy and try the delivery again, or give the delivery up: what was not sent leaves with the next day.',
    detail: (param) =>
      `${param('file')} was written with sha-256 ${param('expected')}; its messages give ${param('actual')}.`,
  },
  'delivery.not-found': {
    title: 'There is no such delivery',
    help: 'List the deliveries with: tain deliveries',
    detail: (param) => `There is no delivery ${quote(param('delivery'))}.`,
  },
  'delivery.silent': {
    title: 'A target does not answer',
    help: 'Ask the repository; the deadline runs until it acknowledges. Tain goes on listening; when no answer will come, give the delivery or its messages up.',
    detail: (param) =>
      `Target ${param('target')} has said nothing for ${param('seconds')} s; ${param('open')} of what was sent has no verdict.`,
  },
  'delivery.file-refused': {
    title: 'A target refuses a whole file',
    help: 'Look at what it says of the file, and try the delivery again: all records without a verdict are sent again.',
    detail: (param) => `Target ${param('target')} refuses ${param('file')}.`,
  },
  'delivery.not-failed': {
    title: 'This delivery has not failed',
    help: 'Nothing to do: it goes on by itself, or has its answers. Look at it with: tain deliveries',
    detail: (param) => `Delivery ${param('delivery')} is ${param('state')}.`,
  },
  'delivery.not-begun': {
    title: 'Only a delivery that is under way or has failed is given up',
    help: 'Look at it with: tain deliveries',
    detail: (param) => `Delivery ${param('delivery')} is ${param('state')}.`,
  },
  'delivery.id-taken': {
    title: 'The id of a delivery belongs to another file',
    help: 'Look at that delivery with: tain deliveries. Nothing of this file was sent; report it with both dates.',
    detail: (param) =>
      `${param('file')} of ${param('date')} cannot be sent as ${param('delivery')}: another file has that id.`,
  },
  'delivery.behind-file': {
    title: 'A delivery waits for a file before it',
    help: 'Settle that delivery: try it again, or give it up; this one follows by itself.',
    detail: (param) =>
      `It waits for ${param('file')} of ${param('date')}, which is ${param('state')}: without it the repository would refuse what follows.`,
  },
  'delivery.behind-day': {
    title: 'A delivery waits for a day before it',
    help: 'See what that day lacks (tain day status DATE), and settle it or close it; this one follows by itself.',
    detail: (param) => `It waits for the files of ${param('date')}; that day is ${param('state')}.`,
  },
  'message.not-found': {
    title: 'There is no such message',
    help: 'Ask with the id of a message, like 45- and 24 hex digits, as files and answers have it.',
    detail: (param) => `There is no message ${quote(param('message'))}.`,
  },
  'message.not-refused': {
    title: 'Only what was refused is sent again',
    help: 'Look at the message with: tain message show ID',
    detail: (param) => `Message ${param('message')} is ${param('state')}.`,
  },
  'message.not-awaited': {
    title: 'Only what was sent and has no verdict is given up',
    help: 'Look at the message with: tain message show ID',
    detail: (param) => `Message ${param('message')} is ${param('state')}.`,
  },
  'message.not-settleable': {
    title: 'Nothing of the kind can be said of the message',
    help: 'Look at the message with: tain message show ID',
    detail: (param) =>
      `Message ${param('message')} is ${param('state')}; it must be one of: ${param('allowed')}.`,
  },
};

/**
 * The words for issues and errors, in English: per rule one sentence that says what is wrong and what to change, per
 * error a title, a sentence and what to do next. The types make ko.ts follow.
 */
import { ENGLISH_ERRORS } from './en-errors.ts';
import { quote, type IssueWords, type Texts } from './shape.ts';

const DATE_HELP = 'write it as YYYY-MM-DD, like 2026-11-20.';
const TIMESTAMP_HELP = 'write it in UTC as YYYY-MM-DDThh:mm:ssZ, like 2026-11-20T14:05:00Z.';

const RANGES: Readonly<Record<string, string>> = {
  '>0': 'greater than 0',
  '>=0': '0 or greater',
  '0..1': 'from 0 to 1',
};

const counted = (count: string, noun: string): string => `${count} ${noun}${count === '1' ? '' : 's'}`;

const ISSUE_TEXTS = {
  'csv.field-count': (_, param) =>
    `The record has ${counted(param('actual'), 'field')} where the header has ${param('expected')}; ` +
    'add or remove commas, and put values that contain a comma in double quotes.',
  'csv.unclosed-quote': (_, param) =>
    `Field ${param('field')} opens a double quote that is never closed; close it or remove it.`,
  'csv.stray-quote': (_, param) =>
    `Field ${param('field')} has a double quote where none may be; ` +
    'put the whole value in double quotes and write the inner ones twice.',
  'csv.stray-carriage-return': (_, param) =>
    `Field ${param('field')} contains a carriage return; end lines with LF or CR LF and leave it out of values.`,
  'csv.record-too-long': (_, param) =>
    `The record has ${param('actual')} bytes, but ${param('max')} is the most; ` +
    'look for a missing line break and send the record again.',
  'csv.not-utf8': () =>
    'The record contains bytes that are not UTF-8; save the file as UTF-8 and send it again.',
  'csv.nul-byte': () =>
    'The record contains a NUL byte; the file may be damaged or saved as UTF-16, so save it as UTF-8.',

  'format.empty': () => 'a value between two ";" is missing; fill it in or remove the superfluous ";".',
  'format.decimal': (value) =>
    `${value} is not a decimal number; write digits with an optional point, like 1000000.50, ` +
    'without blanks, signs of currency or an exponent.',
  'format.digits': (value, param) =>
    `${value} has ${param('actual')} digits when rounded to ${counted(param('decimals'), 'decimal')}, ` +
    `but ${param('digits')} is the most; check the amount and its unit.`,
  'format.integer': (value) => `${value} is not a whole number of basis points; leave out the decimals.`,
  'format.range': (value, param) =>
    `${value} is out of range; the number must be ${RANGES[param('range')] ?? param('range')}.`,
  'format.boolean': (value) => `${value} is neither True nor False; write one of the two.`,
  'format.date': (value, param) =>
    param('problem') === 'calendar'
      ? `${value} is a day that the calendar does not have; correct the date.`
      : `${value} is not written as a date; ${DATE_HELP}`,
  'format.timestamp': (value, param) =>
    param('problem') === 'calendar'
      ? `${value} is a day or time that does not exist; correct it.`
      : `${value} is not written as a timestamp; ${TIMESTAMP_HELP}`,
  'format.date-or-timestamp': (value, param) =>
    param('problem') === 'calendar'
      ? `${value} is a day or time that does not exist; correct it.`
      : `${value} is neither a date nor a timestamp; write 2026-11-20 or 2026-11-20T14:05:00Z.`,
  'format.length': (value, param) =>
    `${value} has ${counted(param('actual'), 'character')}, but ${param('max')} is the most; shorten it.`,
  'format.alphanumeric': (value, param) =>
    `${value} has a character at position ${param('position')} that is neither a letter nor a digit; ` +
    'leave out blanks, hyphens and other signs.',
  'format.lei': (value) =>
    `${value} is not an LEI; write its 20 characters, 18 capital letters or digits and two check digits.`,
  'format.lei-check': (value) =>
    `${value} has wrong check digits for an LEI; look for a mistyped character, or look the LEI up again.`,
  'format.lei-prefix': (value) =>
    `${value} does not begin with an LEI; its first 20 characters must be the LEI of the entity that made it.`,
  'format.uti': (value, param) =>
    `${value} has ${counted(param('actual'), 'character')}; ` +
    'write a UTI of 21 to 52, an LEI followed by up to 32 letters and digits.',
  'format.uti-case': (value) =>
    `${value} contains small letters; write UTIs in capitals, so that both parties report the same one.`,
  'format.event-identifier': (value, param) =>
    `${value} has ${counted(param('actual'), 'character')}; ` +
    'write an event identifier of 21 to 52, an LEI followed by up to 32 letters and digits.',
  'format.upi': (value) =>
    `${value} is not a UPI; write QZ and ten digits or capital consonants, 12 characters in all.`,
  'format.upi-check': (value) =>
    `${value} has a wrong check character for a UPI; look for a mistyped character, or look the UPI up again.`,
  'format.upi-shape': (value) =>
    `${value} is not a UPI; unless this is a commodity swap with an identifier of its repository, ` +
    'write the UPI, 12 characters that begin with QZ.',
  'format.mic': (value) =>
    `${value} is not a market identifier code; write four capital letters or digits, or XOFF, XXXX or BILT.`,
  'format.mic-unknown': (value) =>
    `${value} is not in the register of market identifier codes; look the market up again, or load a newer register.`,
  'format.upi-unknown': (value) =>
    `${value} is not in the register of products; look the UPI up again, or load a newer register.`,
  'format.lei-unknown': (value) =>
    `${value} is not in the list of LEIs; look the entity up again, or load a newer list.`,
  'format.lei-lapsed': (value, param) =>
    `${value} has the status ${param('status')} in the list of LEIs; ask the entity to renew it, or use its successor's.`,
  'format.usi-namespace': (value, param) =>
    `${value} has ${counted(param('actual'), 'character')}; ` +
    'write a USI as its namespace of 10 characters followed by the identifier of the swap.',
  'format.currency-pair': (value) =>
    `${value} is not a pair of currencies; write two codes with a slash between, like EUR/USD.`,

  'code.unknown': (value, param) => `${value} is not an allowed code; write one of ${param('allowed')}.`,
  'code.spelling': (value, param) =>
    `${value} is not spelt as the code is; write ${quote(param('expected'))}, in capitals and without blanks.`,
  'code.currency': (value, param) =>
    `${quote(param('code'))}${within(value, param('code'))} is not a currency code of ISO 4217; write one like USD.`,
  'code.currency-withdrawn': (value, param) =>
    `${quote(param('code'))}${within(value, param('code'))} was withdrawn in ${param('withdrawn')}; ` +
    'use the code of its successor unless the swap is older.',
  'code.currency-expired': (value, param) =>
    `${quote(param('code'))}${within(value, param('code'))} was withdrawn in ${param('withdrawn')}, ` +
    `before ${param('date')}; use the code of its successor.`,
  'code.currency-cnh': (value) =>
    `${value}: CNH is not a currency code; write CNY, and HK as the settlement location (#90).`,
  'code.country': (value) =>
    `${value} is not a country code of ISO 3166-1; write two capital letters, like HK.`,

  'record.empty': () => 'The record has no value in any column; fill it in or remove the line.',
  'record.set-count': (_, param) =>
    `there ${param('actual') === '1' ? 'is' : 'are'} ${counted(param('actual'), 'value')} ` +
    `where ${quote(param('other'))} has ${param('expected')}; give both the same number, separated by ";".`,
  'record.undetermined': (_, param) =>
    `${counted(param('count'), 'rule')} could not be checked, because the product is not known well enough: ${param('rules')}; ` +
    'load a register with its UPI, or add the columns assetClass and UPI.instrumentType.',
  'record.issues-left-out': (_, param) =>
    `At least ${counted(param('count'), 'more mistake')} of the record ${param('count') === '1' ? 'is' : 'are'} not named; ` +
    'correct those that are, then send the record again.',
  'record.product-conflict': (value, param) =>
    `the record says otherwise of its product than the register has for ${value} (${param('attributes')}), whose word counts; correct the columns or the UPI.`,
  'record.message-type': (value, param) =>
    `${value} is not a message type; write one of ${param('allowed')}.`,
  'record.correction-reference': (value) =>
    `${value} is no reference to a rejected record; return it as the list of rejected records gave it, or leave it blank.`,
  'record.asset-class': (value, param) => `${value} is not an asset class; write one of ${param('allowed')}.`,
  'feed.message-too-long': (_, param) =>
    `The message has ${param('actual')} bytes, and ${param('max')} are the most; send one record per message.`,
  'feed.not-utf8': () => 'The message has bytes that are not UTF-8; encode it as UTF-8 and send it again.',
  'feed.not-json': () =>
    'The message is not JSON; send one JSON object per message, without anything before or behind it.',
  'feed.not-object': (_, param) =>
    `The message is valid JSON, but of the kind ${param('actual')}; send an object with the keys of the elements.`,
  'feed.key-twice': () => 'The key stands in the message twice; leave one of them out.',
  'feed.value-type': (_, param) =>
    `The value is of the JSON kind ${param('actual')} where ${param('expected')} is asked for; ` +
    'put values in double quotes, numbers too, and the members of lists in [ ].',
  'feed.list-member': (value) =>
    `${value} contains ";", which separates the members of a list; send them as members of their own.`,
  'feed.character': (value, param) =>
    `${value} contains the character ${param('code')}; remove it: no NUL, line break or half character can be kept.`,
  'feed.key-unknown': (_, param) =>
    `The message has ${counted(param('count'), 'unknown key')} (${param('keys')}); ` +
    'check the spelling against the keys of the elements, or leave them out.',
  'feed.altered': () =>
    'Under this number a message with other content was received before, which stands; send this one under a number of its own.',
  'sequence.pair': (value, param) =>
    `${value} is no event of the action ${param('action')} (${describeEvidence(param('evidence'))}); ` +
    `report one of ${param('allowed')}, or another action.`,
  'sequence.pair-part-43': (value, param) =>
    `${value} with the action ${param('action')} is not reported under part 43 ` +
    `(${describeEvidence(param('evidence'))}); ` +
    (param('allowed') === '-'
      ? 'leave the message out there.'
      : `leave the message out there, or report one of ${param('allowed')}.`),
  'sequence.event-blank': (value, param) =>
    `${value} stands where nothing may; ${param('action')} carries no event, so leave this element blank.`,
  'sequence.event-missing': (_, param) =>
    `The event is missing; with the action ${param('action')} write one of ${param('allowed')}.`,
  'sequence.prior-missing': (_, param) =>
    `${param('action')} has no NEWT of its swap before it; report one, with a reporting timestamp (#97) ` +
    'that is not later, or check the UTI.',
  'sequence.new-known': (_, param) =>
    `NEWT begins a swap that is already known and ${param('state')}; check the UTI, ` +
    'or report the change with MODI or CORR.',
  'sequence.action-in-state': (value, param) =>
    `${value} does not fit a swap that is ${param('state')}; this state takes ${param('allowed')}.`,
  'sequence.errored': (value) =>
    `${value} follows an EROR of the same swap; revive the swap with REVI first, or check the UTI.`,
  'sequence.transferred-out': (value) =>
    `${value} follows the transfer of the swap to another repository; report it there, ` +
    'or bring the swap back with NEWT and the event PTNG.',
  'sequence.action-part-43': (value, param) =>
    `${value} is unusual under part 43 for a swap that is ${param('state')}; ` +
    `expected is one of ${param('allowed')}, so check the action.`,
  'sequence.event-before-execution': (value, param) =>
    `${value} is before the swap was executed (#96), ${param('execution')}; correct one of the two.`,
  'sequence.terms-changed': (value, param) =>
    `${value} differs from ${quote(param('was'))}, which is in force, but ${param('action')} changes no terms; ` +
    'correct the value with CORR first, or leave it blank here.',
  'sequence.revival-changes-terms': (value, param) =>
    `${value} differs from ${quote(param('was'))}, which REVI brings back; report the change with MODI or CORR.`,
  'sequence.nothing-changed': (_, param) =>
    `${param('action')} changes nothing about the swap; report what changed, or leave the message out.`,
  'sequence.amendment-expected': (value, param) =>
    `${value} says that no agreed term was changed, but #${param('element')} goes ` +
    `from ${quote(param('was'))} to ${quote(param('now'))}; write True, or report an error of before with CORR.`,
  'sequence.duplicate': (_, param) =>
    `The message was already there (${param('first')}), equal in every value; leave one of them out.`,
  'sequence.conflict': (_, param) =>
    `The message reports the same event as ${param('first')}, with other values; ` +
    'decide which is right and report it with CORR.',
  'sequence.linked-swap-unknown': (value) =>
    `${value} names a swap that is not known here; check the identifier, or report that swap as well.`,
  'sequence.portfolio-unknown': (value) =>
    `${value} is a portfolio code that no swap and no valuation names; check the code, or report the valuations with it.`,
} satisfies Record<string, IssueWords>;

/** What supports a cell of the table of actions and events. */
const EVIDENCE: Readonly<Record<string, string>> = {
  absence: 'no source lists the pair',
  'one source': 'by one source',
  'two sources': 'by two sources',
};

const describeEvidence = (evidence: string): string => EVIDENCE[evidence] ?? evidence;

/** The whole value behind the part of it that is at fault, unless they are the same. */
function within(value: string, part: string): string {
  return value === quote(part) ? '' : ` in ${value}`;
}

export const ENGLISH = {
  issues: ISSUE_TEXTS,
  errors: ENGLISH_ERRORS,
  frame: {
    noValue: 'The value',
    column: (name) => `(column ${name})`,
    unknownRule: (value, ruleId) => `${value} breaks the rule ${ruleId}; see the list of rules.`,
  },
} satisfies Texts;

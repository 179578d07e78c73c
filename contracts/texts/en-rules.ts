/** The rules as a list, in English. */
import type { RuleTexts } from './rule-shape.ts';

export const ENGLISH_RULES: RuleTexts = {
  sentences: {
    'csv.field-count': 'A record has as many fields as the header.',
    'csv.unclosed-quote': 'A double quote that opens a field is closed in the same record.',
    'csv.stray-quote':
      'A double quote stands only around a whole value; inside a quoted value it is written twice.',
    'csv.stray-carriage-return': 'A carriage return stands only at the end of a line, before the line feed.',
    'csv.not-utf8': 'A record is written in UTF-8.',
    'csv.nul-byte': 'A record contains no NUL byte.',
    'csv.record-too-long': 'A record is no longer than what can be held in memory as one record.',

    'feed.message-too-long':
      'A message of a feed is no longer than what can be held in memory as one record.',
    'feed.not-utf8': 'A message of a feed is written in UTF-8.',
    'feed.not-json': 'A message of a feed is one JSON value, and nothing stands before or behind it.',
    'feed.not-object': 'A message of a feed is a JSON object, keyed by the elements.',
    'feed.key-twice': 'A key stands in a message once: of two values nobody could tell which one counts.',
    'feed.value-type':
      'A value of a message is a text in double quotes, numbers too, so that no digit is lost; the value of an element that repeats is a list of texts. What has no value is left out.',
    'feed.list-member': 'A member of a list contains no ";", which separates the members in a file.',
    'feed.character':
      'A value of a message contains nothing that a record of a file cannot hold: no NUL, no line break, no half of a surrogate pair.',
    'feed.key-unknown':
      'The keys of a message are those of the elements, with leg where an element has legs. Others are carried along unread.',

    'feed.altered':
      'A message that comes again under its number says what it said before. What came first stands; other content is kept beside it and not taken.',

    'format.empty': 'A list that is separated by ";" has no empty member.',
    'format.decimal':
      'A number is written in digits with an optional sign and an optional point, without separators of thousands, signs of currency or an exponent.',
    'format.digits':
      'A number, rounded to the decimals of its format, has no more digits than the format allows.',
    'format.integer': 'A number of basis points has no decimals.',
    'format.range':
      'A number lies in the range of its element: greater than 0, 0 or greater, or from 0 to 1.',
    'format.boolean': 'An indicator is True or False.',
    'format.date': 'A date is written as YYYY-MM-DD and is in the calendar.',
    'format.timestamp': 'A timestamp is written in UTC as YYYY-MM-DDThh:mm:ssZ and exists.',
    'format.date-or-timestamp':
      'The valuation timestamp is a date (YYYY-MM-DD) or a timestamp in UTC (YYYY-MM-DDThh:mm:ssZ).',
    'format.length': 'A value has no more characters than its format allows.',
    'format.alphanumeric': 'An identifier or code consists of letters and digits only.',
    'format.lei': 'An LEI has 20 characters: 18 capital letters or digits and two check digits.',
    'format.lei-check':
      'The check digits of an LEI are right. A party identifier of 20 characters that looks like an LEI is judged as one.',
    'format.lei-prefix':
      'A UTI or an event identifier begins with the LEI of the entity that made it, check digits included.',
    'format.uti': 'A UTI has 21 to 52 characters: an LEI followed by 1 to 32 letters and digits.',
    'format.uti-case': 'A UTI is written in capitals, so that both parties report the same one.',
    'format.event-identifier':
      'An event identifier has 21 to 52 characters: an LEI followed by 1 to 32 letters and digits.',
    'format.upi':
      'A UPI has 12 characters: QZ, nine digits or capital consonants and a check character. Judged where the value begins with QZ.',
    'format.upi-check': 'The check character of a UPI is right.',
    'format.upi-shape':
      'A product is identified by a UPI, unless it is a commodity that its repository identifies by a code of its own.',
    'format.mic': 'A platform is named by a market identifier code of four capital letters or digits.',
    'format.currency-pair':
      'A pair of currencies is two currency codes with a slash between them, like EUR/USD.',

    'code.unknown': 'A code is one of those that its element allows.',
    'code.spelling': 'A code is written as the list has it: in capitals and without blanks.',
    'code.currency': 'A currency is a code of ISO 4217.',
    'code.currency-withdrawn':
      'A currency is in use in the list of ISO 4217 as of February 2026. Judged where the day of execution (#96) is not known; where it is, code.currency-expired judges by that day instead.',
    'code.currency-cnh':
      'Offshore renminbi is reported as CNY; CNH is no code of ISO 4217. That it settles in Hong Kong stands in the settlement location (#90).',
    'code.country': 'A country is a two-letter code of ISO 3166-1.',

    'record.empty': 'A record has at least one value.',
    'record.set-count':
      'Elements that repeat together have the same number of values, so that the n-th values belong together.',
    'record.undetermined':
      'Rules that depend on the product are judged only where the product is known. This notice counts and names those that could not be.',
    'record.issues-left-out':
      'A verdict names a hundred mistakes of a record, errors first. This notice counts what else was found; behind that, lists are not read to their ends.',
    'record.message-type': 'The column messageType names a kind of message that exists.',
    'record.correction-reference':
      'The column tainRecord names a rejected record as the list of rejected records gave it, or is blank.',
    'record.asset-class': 'The column assetClass names an asset class that exists: CR, CO, EQ, FX or IR.',
    'format.mic-unknown':
      'The market identifier code is in the register of markets (mic.csv), where one is loaded.',
    'format.upi-unknown': 'The UPI is in the register of products (upi.csv), where one is loaded.',
    'format.lei-unknown': 'The LEI is in the list of legal entities (lei.csv), where one is loaded.',
    'format.lei-lapsed': 'The LEI is in force in the list of legal entities (lei.csv), where one is loaded.',
    'format.usi-namespace':
      'A USI begins with the ten characters that the CFTC assigned to the entity that made it.',
    'code.currency-expired':
      'No currency was withdrawn before the day on which the swap was executed (#96). One that was withdrawn later, or in that month, is right.',
    'record.product-conflict':
      'What the columns of a record say of its product agrees with the register of products, whose word counts.',
    'sequence.pair': 'Action type (#26) and Event type (#27) are a pair that appendix F allows.',
    'sequence.pair-part-43':
      'Under part 43, Action type (#26) and Event type (#27) are a pair that appendix F allows there.',
    'sequence.event-blank': 'CORR, EROR, REVI, VALU and MARU carry no event: Event type (#27) is blank.',
    'sequence.event-missing': 'NEWT, MODI, TERM and PRTO carry an event: Event type (#27) is given.',
    'sequence.prior-missing': 'The first message of a swap is NEWT.',
    'sequence.new-known':
      'NEWT begins a swap that was not reported before, or brings a transferred one back with the event PTNG.',
    'sequence.action-in-state':
      'The action is one that the state of the swap takes: open, terminated, errored, matured or transferred out.',
    'sequence.errored': 'After EROR a swap takes nothing but REVI.',
    'sequence.transferred-out': 'After PRTO a swap takes nothing but NEWT with the event PTNG.',
    'sequence.action-part-43': 'Under part 43 the action is one that the public state of the swap takes.',
    'sequence.event-before-execution': 'No event of a swap happens before its execution (#96).',
    'sequence.terms-changed':
      'TERM, PRTO and EROR change no terms: what they repeat equals what is in force.',
    'sequence.revival-changes-terms': 'REVI brings back the terms that were in force and changes none.',
    'sequence.nothing-changed': 'MODI and CORR change something.',
    'sequence.amendment-expected':
      'A MODI that changes an agreed term says so: Amendment indicator (#28) is True.',
    'sequence.duplicate': 'A message is reported once.',
    'sequence.conflict': 'Messages about one event have the same content.',
    'sequence.linked-swap-unknown': 'The swaps that a message names (prior, original, clearing) are known.',
    'sequence.portfolio-unknown':
      'The portfolio codes of a margin report are named by a swap or a valuation.',
  },
  levels: {
    csv: { name: 'structure', meaning: 'the characters of a record: can it be cut into fields?' },
    feed: {
      name: 'message',
      meaning: 'the JSON of a feed message: can it be read as the values of a record?',
    },
    format: { name: 'format', meaning: 'one value: is it written as its element asks, is its code known?' },
    record: { name: 'record', meaning: 'one record as a whole: does it say of which kind it is?' },
    conditional: {
      name: 'conditional',
      meaning: 'several values of one record: what must be given, left blank, or agree, and when?',
    },
    sequence: {
      name: 'sequence',
      meaning: 'the messages of one swap in their order: may this one follow what was reported before?',
    },
  },
  severities: {
    error: { name: 'error', meaning: 'rejects the record.' },
    warning: { name: 'warning', meaning: 'is kept beside the record and does not reject it.' },
    unchecked: {
      name: 'not checked',
      meaning: 'says that rules could not be judged for want of knowledge; the record is not proven right.',
    },
  },
  confidences: {
    source: { name: 'source', meaning: 'read in the specification or the standard that it cites.' },
    'general-knowledge': {
      name: 'general knowledge',
      meaning: 'commonly known in the field, not found in a source; it warns and does not reject.',
    },
    inferred: {
      name: 'inferred',
      meaning: 'our conclusion from the source; it warns and does not reject.',
    },
    own: { name: "Tain's own", meaning: 'a rule of Tain, without which a record could not be read.' },
  },
  labels: {
    elements: 'elements',
    wholeRecord: 'the record as a whole',
    inForce: 'in force',
    days: (from, to) => (from === null ? 'always' : to === null ? `since ${from}` : `from ${from} to ${to}`),
    ledgerOnly:
      'judged where the ledger knows all swaps and the part of each report, not offline on a file alone',
    tables: 'tables of actions, events and states',
    citation: 'citation',
    confidence: 'confidence',
  },
};

/** The format of an element in the notation of the specification, for pages. */
import type { Element, Format, NumberFormat, PlainFormat } from '../domain/cftc/element-format.ts';
import { elementByKey } from '../domain/cftc/elements.ts';

const PLAIN: Readonly<Record<PlainFormat['kind'], string>> = {
  boolean: 'Boolean (True, False)',
  code: 'code',
  country: 'Char(2), ISO 3166-1',
  currency: 'Char(3), ISO 4217',
  currencyPair: 'Char(3)/Char(3), ISO 4217',
  currencyOrPair: 'Char(3) or Char(3)/Char(3), ISO 4217',
  date: 'YYYY-MM-DD',
  dateOrTimestamp: 'YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ',
  timestamp: 'YYYY-MM-DDThh:mm:ssZ',
  eventIdentifier: 'Varchar(52), LEI in front',
  lei: 'Char(20), LEI',
  mic: 'Char(4), MIC',
  party: 'Char(20) LEI, or Varchar(72)',
  upi: 'Char(12), UPI',
  usi: 'Varchar(42)',
  uti: 'Varchar(52), LEI in front',
};

const number = ({ digits, decimals }: NumberFormat): string =>
  decimals === 0 ? `Num(${digits})` : `Num(${digits},${decimals})`;

function describe(format: Format): string {
  if (format.kind === 'num') return number(format);
  if (format.kind === 'varchar') return `Varchar(${format.max})`;
  if (format.kind === 'text') return format.max === null ? 'text' : `text of up to ${format.max} characters`;
  if (format.kind !== 'notated') return PLAIN[format.kind];
  const notation = `#${elementByKey.get(format.notation)!.number}`;
  return Object.entries(format.byNotation)
    .map(([code, one]) => `${number(one)} if ${notation} = ${code}`)
    .join('; ');
}

/** Format, allowed values, and how the element repeats: "Num(11,10), per leg". */
export function describeFormat({ format, allowed, placeholders, repeatable, legs }: Element): string {
  return [
    describe(format),
    ...(allowed?.kind === 'codes' ? [allowed.codes.join(' ')] : []),
    ...(allowed?.kind === 'range' ? [allowed.range] : []),
    ...placeholders.map((one) => `or ${one}`),
    ...(legs ? ['per leg'] : []),
    ...(repeatable ? ['several values joined by ";"'] : []),
  ].join(', ');
}

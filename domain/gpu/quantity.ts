/** Quantities of Kubernetes ("3920m", "15Gi", "4e3"), read exactly. */

const WHOLE = 1_000_000_000n;
const DECIMAL = ['k', 'M', 'G', 'T', 'P', 'E'];
const powers = (of: bigint): bigint[] => DECIMAL.map((_, at) => WHOLE * of ** BigInt(at + 1));
/** What each suffix counts, in billionths: the finest that Kubernetes keeps. */
const SCALES: ReadonlyMap<string, bigint> = new Map([
  ...([
    ['n', 1n],
    ['u', 1_000n],
    ['m', 1_000_000n],
    ['', WHOLE],
  ] as const),
  ...powers(1000n).map((scale, at) => [DECIMAL[at]!, scale] as const),
  ...powers(1024n).map((scale, at) => [`${DECIMAL[at]!.toUpperCase()}i`, scale] as const),
]);
const FORM =
  /^\+?(?<whole>\d{0,30})(?:\.(?<part>\d{0,30}))?(?:[eE](?<exponent>[+-]?\d{1,2})|(?<suffix>[numkMGTPE]|[KMGTPE]i)?)$/;

/**
 * So many billionths, rounded up as Kubernetes does (apimachinery, resource.Quantity); null: it is no quantity, or below zero.
 */
export function parseQuantity(text: string): bigint | null {
  const { whole = '', part = '', exponent = '0', suffix = '' } = FORM.exec(text)?.groups ?? {};
  if (whole === '' && part === '') return null;
  const places = BigInt(part.length) - BigInt(exponent);
  const value = BigInt(whole + part) * SCALES.get(suffix)!;
  return places <= 0n ? value * 10n ** -places : upDivide(value, 10n ** places);
}

const upDivide = (value: bigint, by: bigint): bigint => (value + by - 1n) / by;

/** Thousandths, bytes or pieces: billionths counted in `of` of them, up or down to a whole number. */
export const countUp = (billionths: bigint, of: bigint): number => Number(upDivide(billionths, of));
export const countDown = (billionths: bigint, of: bigint): number => Number(billionths / of);

/** Billionths of what is counted. */
export const [MILLI, ONE, MEBI] = [1_000_000n, WHOLE, WHOLE * 1024n ** 2n];

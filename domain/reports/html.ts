/** Text within a page, and bars without scripts. */

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Whatever it is, it cannot be taken for markup. */
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!);

/** 1234567 as "1,234,567". */
export const groupDigits = (count: number): string => String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');

export type Bar = {
  readonly label: string;
  readonly count: number;
  /** How it is coloured: as good, as bad, as what waits, or neutral. */
  readonly tone?: 'good' | 'bad' | 'wait';
};

const ROW = 28;
const TEXT_AT = 18;
/** Of 100: labels to the left, bars, figures behind the longest. */
const BARS_FROM = 42;
const BARS_WIDTH = 44;

/**
 * Horizontal bars, drawn to the longest of them. The figure stands beside each, so that colour and length say nothing
 * alone.
 */
export function renderBars(title: string, bars: readonly Bar[]): string {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const rows = bars.map(({ label, count, tone }, at) => {
    const y = at * ROW;
    const width = count === 0 ? 0 : Math.max(0.4, (count / most) * BARS_WIDTH);
    return (
      `<text x="${BARS_FROM - 1}%" y="${y + TEXT_AT}" text-anchor="end">${escapeHtml(label)}</text>` +
      `<rect x="${BARS_FROM}%" y="${y + 5}" width="${width.toFixed(2)}%" height="${ROW - 10}" rx="2" class="${tone ?? 'plain'}"/>` +
      `<text x="${(BARS_FROM + width + 1).toFixed(2)}%" y="${y + TEXT_AT}" class="figure">${groupDigits(count)}</text>`
    );
  });
  const height = Math.max(1, bars.length) * ROW;
  return `<svg role="img" aria-label="${escapeHtml(title)}" width="100%" height="${height}">${rows.join('')}</svg>`;
}

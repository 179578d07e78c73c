/** Amounts as text. */

const MICROS = 1_000_000;

/** Whole micros, from 0, as an amount with six digits behind the point: 752132 is "0.752132". */
export const formatMicros = (micros: number): string =>
  `${Math.floor(micros / MICROS)}.${String(micros % MICROS).padStart(6, '0')}`;

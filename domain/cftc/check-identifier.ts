/**
 * Checks of identifiers. Each has a quick test for the many that are right and a second look at the few that are
 * wrong, which finds the words for what is wrong.
 */
import { finding, type Finding, type ValueCheck } from './findings.ts';
import {
  claimsUpi,
  findNonAlphanumeric,
  hasUsiNamespace,
  isEventIdentifier,
  isLei,
  isLeiShaped,
  isMic,
  isPartyIdentifier,
  isUpi,
  isUpiShaped,
  isUsi,
  isUti,
  isVarchar,
  startsWithLei,
} from './identifiers.ts';

const UTI_LENGTH = { min: 21, max: 52 };

/** Letters and digits only, up to a length. */
export const createVarcharCheck =
  (max: number): ValueCheck =>
  (value) =>
    isVarchar(value, max) ? null : explainVarchar(value, max);

export const checkLei: ValueCheck = (value) =>
  isLei(value) ? null : finding(isLeiShaped(value) ? 'format.lei-check' : 'format.lei');

export const checkParty: ValueCheck = (value) => {
  if (isPartyIdentifier(value)) return null;
  return isLeiShaped(value) ? finding('format.lei-check') : explainVarchar(value, 72);
};

/** A USI that is no longer than a namespace names no swap. The make-up of a USI is commonly known, not written down. */
export const checkUsi: ValueCheck = (value) => {
  if (!isUsi(value)) return explainVarchar(value, 42);
  return hasUsiNamespace(value) ? null : finding('format.usi-namespace', { actual: value.length });
};

export const checkMic: ValueCheck = (value) => (isMic(value) ? null : finding('format.mic'));

/** A UTI in small letters is kept with a warning: that they must be capitals is commonly known, not written down. */
export const checkUti: ValueCheck = (value) => (isUti(value) ? null : explainUti(value));

export const checkEventIdentifier: ValueCheck = (value) =>
  isEventIdentifier(value) ? null : explainLeiPrefixed(value, value, 'format.event-identifier');

/**
 * A UPI. Commodity swaps carry the repository's own product identifier here until a UPI is designated for them, and
 * the asset class cannot be seen from the value. So what begins with QZ, in any case and of any length, claims to be
 * a UPI and must be right; a UPI with a typing error is rejected unless the error is in these two letters. Anything
 * else gets a warning, in whose place agrees.87 stands where the asset class is known to need a UPI.
 * Source: CFTC technical specification v3.2, #87; ISO 4914.
 */
export const checkUpi: ValueCheck = (value) => {
  if (isUpi(value)) return null;
  if (isUpiShaped(value)) return finding('format.upi-check');
  return finding(claimsUpi(value) ? 'format.upi' : 'format.upi-shape');
};

function explainVarchar(value: string, max: number): Finding {
  const at = findNonAlphanumeric(value);
  if (at >= 0) return finding('format.alphanumeric', { position: at + 1 });
  return finding('format.length', { max, actual: value.length });
}

function explainUti(value: string): Finding {
  const capitals = value.toUpperCase();
  return isUti(capitals) ? finding('format.uti-case') : explainLeiPrefixed(value, capitals, 'format.uti');
}

function explainLeiPrefixed(
  value: string,
  capitals: string,
  lengthRule: 'format.uti' | 'format.event-identifier',
): Finding {
  const at = findNonAlphanumeric(value);
  if (at >= 0) return finding('format.alphanumeric', { position: at + 1 });
  if (!startsWithLei(capitals) && value.length >= UTI_LENGTH.min) return finding('format.lei-prefix');
  return finding(lengthRule, { actual: value.length });
}

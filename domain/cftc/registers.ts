/**
 * The registers that verdicts depend on: products (UPI), legal entities (LEI) and markets (MIC). Plain data, so that
 * they can be sent to a thread; `version` names them for good, and a verdict can be repeated with the same ones.
 */
import type { Element } from './elements.ts';
import { isLei, isMic, isUpi } from './identifiers.ts';
import { finding, type Finding } from './findings.ts';
import { statusOfLei, type LeiRegister, type LeiStatus } from './lei-register.ts';
import type { ProductAttributes } from './product-attributes.ts';
import type { RuleId } from './rules.ts';

export type MicEntry = {
  /** MIC of the market that operates the segment; its own for an operating market. */
  readonly operating: string;
  /** Day from which it is no longer used, YYYY-MM-DD; null where it is in use or no day is known. */
  readonly expires: string | null;
};

export type Lookup<Entry> = {
  readonly entries: ReadonlyMap<string, Entry>;
  /** Does it claim to have all of them? What a sample does not have may well exist. */
  readonly isComplete: boolean;
};

/** Null: not loaded, so that nothing is known to be missing. */
export type Registers = {
  readonly upi: Lookup<ProductAttributes> | null;
  readonly lei: LeiRegister | null;
  readonly mic: Lookup<MicEntry> | null;
  readonly version: string;
};

/** Statuses of an LEI that its owner looks after. */
const IN_FORCE: ReadonlySet<LeiStatus> = new Set([
  'ISSUED',
  'PUBLISHED',
  'PENDING_TRANSFER',
  'PENDING_ARCHIVAL',
]);

/** Is a market code in the register? Null too where the value is no MIC, or the register is not complete. */
export const checkMicRegister = (value: string, { mic }: Registers): Finding | null =>
  isMissing(mic, value) && isMic(value) ? finding('format.mic-unknown') : null;

/** Is a UPI in the register? Null too where the value is no UPI, or the register is not complete. */
export const checkUpiRegister = (value: string, { upi }: Registers): Finding | null =>
  isMissing(upi, value) && isUpi(value) ? finding('format.upi-unknown') : null;

const isMissing = (lookup: Lookup<unknown> | null, value: string): boolean =>
  lookup !== null && lookup.isComplete && !lookup.entries.has(value);

/** Is an LEI registered, and in force? Null too where the value is no LEI, or no list is loaded. */
export function checkLeiRegister(value: string, { lei }: Registers): Finding | null {
  if (lei === null || !isLei(value)) return null;
  const status = statusOfLei(lei, value);
  if (status === null) return finding('format.lei-unknown');
  return IN_FORCE.has(status) ? null : finding('format.lei-lapsed', { status });
}

/** The check of an element's values against the registers; null where they have nothing to say of it. */
export function registerCheckOf(
  { format }: Element,
  { upi, lei, mic }: Registers,
): ((value: string, registers: Registers) => Finding | null) | null {
  if (format.kind === 'lei' || format.kind === 'party') return lei && checkLeiRegister;
  if (format.kind === 'mic') return mic?.isComplete ? checkMicRegister : null;
  if (format.kind === 'upi') return upi?.isComplete ? checkUpiRegister : null;
  return null;
}

/** The rules that these registers leave unchecked. */
export const findUncheckedRules = ({ upi, lei, mic }: Registers): RuleId[] => [
  ...(mic?.isComplete ? [] : (['format.mic-unknown'] as const)),
  ...(upi?.isComplete ? [] : (['format.upi-unknown'] as const)),
  ...(lei ? [] : (['format.lei-unknown', 'format.lei-lapsed'] as const)),
];

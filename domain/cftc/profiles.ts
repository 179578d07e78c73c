/**
 * How strictly records are judged. `spec` applies the minimum of the specification, `strict` lets no warning pass,
 * `public` reads values as repositories publish them. Which elements must be blank will be a property here too.
 */
import type { Issue } from '../../contracts/issues.ts';
import type { Dialect } from './check-value.ts';

export type Profile = {
  /** How values are written. */
  readonly dialect: Dialect;
  /** Does a warning reject the record, like an error? */
  readonly warningsReject: boolean;
};

export const PROFILES = {
  public: { dialect: 'public', warningsReject: false },
  spec: { dialect: 'submission', warningsReject: false },
  strict: { dialect: 'submission', warningsReject: true },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

/** The profile by which the records of a format are judged at intake. */
export const INTAKE_PROFILES = {
  submission: 'spec',
  'public-dissemination': 'public',
} as const satisfies Record<string, ProfileName>;

/** The issues with the severities that they have under a profile. */
export function weighIssues(issues: readonly Issue[], { warningsReject }: Profile): readonly Issue[] {
  return warningsReject ? issues.map((issue) => ({ ...issue, severity: 'error' as const })) : issues;
}

/**
 * How strictly records are judged. `spec` applies the minimum of the specification, `strict` what a repository at its
 * strictest would: nothing superfluous, nothing left for later, no warning. `public` reads values as repositories
 * publish them.
 */
import type { Issue } from '../../contracts/issues.ts';
import type { Dialect } from './check-value.ts';

export type Profile = {
  /** How values are written. */
  readonly dialect: Dialect;
  /** Does a warning reject the record, like an error? */
  readonly warningsReject: boolean;
  /** Must elements be blank where they are not asked for? */
  readonly requiresBlank: boolean;
  /**
   * May TERM, PRTO and EROR come with nothing but what names the swap and the event? A repository may accept that.
   * Source: CFTC technical specification v3.2, validations.
   */
  readonly sparseTerminations: boolean;
  /** Elements that Tain itself sets when it cuts the message, so that nobody has to send them: #22 and #97. */
  readonly excused: readonly string[];
};

export const PROFILES = {
  public: {
    dialect: 'public',
    warningsReject: false,
    requiresBlank: false,
    sparseTerminations: true,
    excused: [],
  },
  spec: {
    dialect: 'submission',
    warningsReject: false,
    requiresBlank: false,
    sparseTerminations: true,
    excused: ['22', '97'],
  },
  strict: {
    dialect: 'submission',
    warningsReject: true,
    requiresBlank: true,
    sparseTerminations: false,
    excused: [],
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

/** The profile by which the records of a format are judged at intake. */
export const INTAKE_PROFILES = {
  submission: 'spec',
  'public-dissemination': 'public',
} as const satisfies Record<string, ProfileName>;

/** The issues with the severities that they have under a profile; what could not be checked rejects under none. */
export function weighIssues(issues: readonly Issue[], { warningsReject }: Profile): readonly Issue[] {
  if (!warningsReject) return issues;
  return issues.map((issue) => (issue.severity === 'warning' ? { ...issue, severity: 'error' } : issue));
}

/**
 * How strictly records are judged. `spec` applies the minimum of the specification, `strict` what a repository at its
 * strictest would: nothing superfluous, nothing left for later, no warning. `public` reads values as repositories
 * publish them.
 */
import type { Issue } from '../../contracts/issues.ts';
import type { Dialect } from './check-value.ts';
import type { MessageType } from './scopes.ts';

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

export const SPARSE_ACTIONS: ReadonlySet<string> = new Set(['TERM', 'PRTO', 'EROR']);

/** Elements by which a swap and an event are known, also in public; terminations may be accepted with these alone. */
const IDENTITY: ReadonlySet<string> = new Set(
  '13 14 15 22 26 27 29 30 97 102 103 105 5 6 9 10 D1 D2'.split(' '),
);

/** Has every report to have the element where its rules ask for it, a sparse one too? */
export const isNeededAlways = (element: string): boolean => IDENTITY.has(element);

/**
 * Elements that a sparse report must have with one event: whether #5, #6, #9 and #10 are asked for when a swap goes
 * to clearing depends on #1.
 */
export const NEEDED_WITH_EVENT: Readonly<Record<string, string>> = { '1': 'CLRG' };

/** What profiles do not ask for although a rule says that the element must be given: the names of those profiles. */
export type Exemption = {
  /** In reports of the sparse actions, but for one event. */
  readonly sparse: { readonly profiles: readonly string[]; readonly exceptEvent: string | null } | null;
  /** In all reports, because Tain sets the value. */
  readonly excused: readonly string[];
};

/** Who need not give an element that a rule asks for in these messages. */
export function exemptionOf(element: string, messages: readonly MessageType[]): Exemption {
  const judging = Object.entries<Profile>(PROFILES).filter(([, { dialect }]) =>
    messages.includes(dialect === 'public' ? 'dissemination' : 'transaction'),
  );
  const sparse = judging.filter(([, one]) => one.sparseTerminations).map(([name]) => name);
  const excusing = Object.entries<Profile>(PROFILES).filter(([, one]) => one.excused.includes(element));
  return {
    sparse:
      isNeededAlways(element) || sparse.length === 0
        ? null
        : { profiles: sparse, exceptEvent: NEEDED_WITH_EVENT[element] ?? null },
    excused: excusing.map(([name]) => name),
  };
}

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

/** What needs a person, as the API shows it. */
import { LASTING_KINDS, ownerRoleOf, type ExceptionCause } from '../../contracts/exceptions.ts';
import type { ExceptionView } from '../../contracts/exceptions.schema.ts';
import { isRole } from '../../contracts/policy.ts';
import { describeException } from '../../contracts/texts/describe-exceptions.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import type { NoteRow } from '../../db/exceptions.ts';

/** @param now an instant in milliseconds */
export function viewException(
  cause: ExceptionCause,
  note: NoteRow | undefined,
  { now, language }: { readonly now: number; readonly language: Language },
): ExceptionView {
  const { key, kind, count, params, deadline, links } = cause;
  const since = cause.since ?? note?.first_seen_at?.getTime() ?? null;
  const role = note?.owner_role;
  return {
    ...{ key, kind, count, params },
    ...describeException(cause, language),
    owner: {
      role: isRole(role) ? role : ownerRoleOf(kind),
      actor: note?.owner ?? null,
      since: note?.taken_at?.toISOString() ?? null,
    },
    since: since === null ? null : new Date(since).toISOString(),
    ageSeconds: since === null ? null : Math.max(0, Math.floor((now - since) / 1000)),
    deadline: deadline === null ? null : new Date(deadline).toISOString(),
    isOverdue: deadline !== null && deadline < now,
    note:
      note?.note == null ? null : { text: note.note, by: note.noted_by!, at: note.noted_at!.toISOString() },
    canBeResolved: LASTING_KINDS.includes(kind),
    links: [...links],
  };
}

-- The audit log: one row per change and download, written in the change's own transaction, each bound to the row
-- before it by its hash. Rows are only ever added.

create table audit_log (
  -- Without gaps, from 1: a row that was removed leaves one.
  seq       bigint      primary key check (seq > 0),
  at        timestamptz not null,
  actor     text        not null,
  role      text        not null,
  action    text        not null,
  -- What it was done to: a file id like 20261121-<32 hex digits>.
  subject   text        not null,
  before    jsonb,
  after     jsonb,
  reason    text,
  prev_hash text        not null check (prev_hash ~ '^[0-9a-f]{64}$'),
  hash      text        not null check (hash ~ '^[0-9a-f]{64}$')
);

create index audit_log_subject on audit_log (subject, seq);
create index audit_log_at on audit_log (at);

-- A field of the hashed form: its length in bytes and its text, so that no two rows have the same form.
create function audit_field(field text) returns text
language sql immutable as $$ select coalesce(octet_length(field) || ':' || field, '-') || E'\n' $$;

-- Adds a row and returns its number. The lock lasts until the transaction ends and lets one transaction after the
-- other add rows: call it last. The time is taken under the lock, so that it never runs against the numbers.
create function append_audit(actor text, role text, action text, subject text, before jsonb, after jsonb, reason text)
returns bigint
language plpgsql as $$
declare
  head  record;
  entry audit_log;
begin
  perform pg_advisory_xact_lock(hashtext('audit_log'), 0);
  select last.seq, last.hash into head from audit_log as last order by last.seq desc limit 1;
  entry := row(coalesce(head.seq, 0) + 1, clock_timestamp(), actor, role, action, subject, before, after, reason,
               coalesce(head.hash, repeat('0', 64)), '');
  entry.hash := encode(sha256(convert_to(
    audit_field(entry.prev_hash) || audit_field(entry.seq::text)
    || audit_field(to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || audit_field(entry.actor) || audit_field(entry.role) || audit_field(entry.action) || audit_field(entry.subject)
    || audit_field(entry.before::text) || audit_field(entry.after::text) || audit_field(entry.reason), 'UTF8')), 'hex');
  insert into audit_log select entry.*;
  return entry.seq;
end
$$;

create function refuse_audit_change() returns trigger
language plpgsql as $$
begin
  raise exception 'audit_log is append only: % refused', tg_op using errcode = 'integrity_constraint_violation';
end
$$;

create trigger audit_log_append_only before update or delete or truncate on audit_log
  for each statement execute function refuse_audit_change();

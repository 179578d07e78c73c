-- What somebody decides about messages and files that get no answer, and files of a target's answers that grow.

-- `given-up`: somebody said that no answer will come.
alter table delivery
  drop constraint delivery_state_check,
  add constraint delivery_state_check
    check (state in ('waiting', 'sending', 'sent', 'silent', 'answered', 'failed', 'given-up')),
  -- How often the whole file is to be handed over: once more after the target refused it.
  add column round integer not null default 1 check (round > 0),
  -- May a file that is gone or changed be written again from its messages? By somebody's word.
  add column may_rewrite boolean not null default false;

-- Refused by somebody's word, because no answer came; an answer that comes after all takes its place.
alter table outbound_message add column given_up_at timestamptz;

-- Since when the matter with it is the matter.
alter table outbound_session add column problem_since timestamptz;

-- Messages that a file has although they left with a later day: they were held when it was sent. The file can be written
-- again with them.
create table outbox_moved (
  message_id     text    collate "C" not null,
  leaves_on      date    not null,
  leaves_version integer not null,
  primary key (leaves_on, leaves_version, message_id)
);

-- Files of answers in the folder of a target, and how much of each was read. Lines are known by name, generation and
-- number: another file under the same name is another generation.
create table outbound_answer_file (
  target      text    collate "C" not null,
  name        text    collate "C" not null,
  generation  integer not null check (generation > 0),
  -- Of the file when it was looked at, so that one that stands as it stood is not opened again.
  version     text    not null,
  -- Bytes and lines of what was or is being read, and SHA-256 of those bytes, in hex.
  size_bytes  bigint  not null,
  line_count  bigint  not null,
  sha256      text    not null,
  -- Are the answers of all lines stored?
  is_read     boolean not null default false,
  primary key (target, name)
);

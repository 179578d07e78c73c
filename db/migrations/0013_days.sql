-- The CFTC day: which accepted events belong to it, the messages that leave for them, and what a repository answers.

create table cftc_day (
  business_date date        primary key,
  -- The current one. Only a day of which nothing was delivered gets another.
  version       integer     not null default 1 check (version > 0),
  state         text        not null default 'open'
                check (state in ('open', 'cut', 'reported', 'delivering', 'closed', 'nil', 'incomplete')),
  opened_by     text        not null,
  opened_at     timestamptz not null default now(),
  closed_by     text,
  closed_at     timestamptz,
  closed_reason text,
  problem_code   text,
  problem_params json
);

create table cftc_day_version (
  business_date    date        not null references cftc_day (business_date),
  version          integer     not null check (version > 0),
  -- The instant of the cut, whole seconds: from it come the reporting timestamps (#97) of the day's messages.
  cut_at           timestamptz not null,
  cut_by           text        not null,
  -- #22 of the messages; null: what each record says.
  submitter        text,
  rule_set_version text        not null,
  register_version text        not null,
  catalogue_hash   text        not null,
  -- The last subject of which messages are cut; null before the first.
  cut_subject      text        collate "C",
  -- Are the messages of all subjects cut? Counts are those of the subjects that are.
  messages_cut     boolean     not null default false,
  -- Events of the cut by what had become of them when their messages were cut.
  accepted_count   bigint      not null default 0,
  applied_count    bigint      not null default 0,
  duplicate_count  bigint      not null default 0,
  conflict_count   bigint      not null default 0,
  pending_count    bigint      not null default 0,
  violated_count   bigint      not null default 0,
  -- Events of earlier days that waited and are applied by now; and applied events that the other party reports.
  settled_count    bigint      not null default 0,
  other_count      bigint      not null default 0,
  message_count    bigint      not null default 0,
  -- Why it was given up, where there is a later version.
  reopened_reason  text,
  primary key (business_date, version),
  constraint cftc_day_version_outcomes check (
    accepted_count = applied_count + duplicate_count + conflict_count + pending_count + violated_count),
  constraint cftc_day_version_messages check (applied_count + settled_count = message_count + other_count)
);

-- What a day waits for before its cut.
create table cftc_day_input (
  business_date date        not null references cftc_day (business_date),
  name          text        collate "C" not null,
  kind          text        not null check (kind in ('file', 'feed')),
  -- A pattern of file names, or a feed.
  expected      text        not null,
  due_at        timestamptz,
  state         text        not null default 'waiting' check (state in ('waiting', 'arrived', 'waived', 'missing')),
  waived_by     text,
  waived_reason text,
  primary key (business_date, name)
);

-- The cut: every accepted event belongs to exactly one day. Of a file all of a revision, of a session of a feed ranges of
-- sequence numbers, without gaps that were open then. Never a timestamp or a serial: those commit out of order.
create table cftc_cut_file (
  file_id       bigint  not null,
  revision      integer not null check (revision > 0),
  business_date date    not null,
  since_version integer not null check (since_version > 0),
  primary key (file_id, revision)
);

create index cftc_cut_file_day on cftc_cut_file (business_date);

create table cftc_cut_feed (
  feed          text           collate "C" not null,
  session       text           collate "C" not null,
  business_date date           not null,
  since_version integer        not null check (since_version > 0),
  sequences     int8multirange not null check (not isempty(sequences)),
  primary key (feed, session, business_date, since_version)
);

create index cftc_cut_feed_day on cftc_cut_feed (business_date);

-- Events that had no message on their day, because they waited for the beginning of their swap.
create table cftc_carried (
  source_id     bigint not null,
  position      bigint not null,
  business_date date   not null,
  -- The later day on which it was known what became of them, and what did; null while they wait.
  settled_on    date,
  outcome       text check (outcome in ('applied', 'duplicate', 'conflict', 'violated')),
  primary key (source_id, position),
  check (num_nonnulls(settled_on, outcome) in (0, 2))
);

create index cftc_carried_waiting on cftc_carried (business_date) where settled_on is null;

-- What leaves for a repository. What the repository knows is a state of its own, beside the swap's.
create table outbound_message (
  -- "45-" or "43-" and 24 hex digits, made of the event, the part and the attempt: a retry makes the same.
  message_id    text        collate "C" primary key,
  part          smallint    not null check (part in (43, 45)),
  kind          text        not null check (kind in ('transaction', 'valuation', 'collateral')),
  -- Of a transaction: IR, CR, EQ, FX or CO; null where no message of the swap tells.
  asset_class   text,
  source_id     bigint      not null,
  position      bigint      not null,
  attempt       integer     not null default 1 check (attempt > 0),
  subject_key   text        collate "C" not null,
  subject_kind  text        not null check (subject_kind in ('swap', 'portfolio')),
  action        text        not null,
  -- Of part 45: the day and its version. Null for what leaves at once.
  business_date date,
  day_version   integer,
  -- The day and version with whose files it leaves: its own, a later one for what was held or is sent again; null until then.
  leaves_on     date,
  leaves_version integer,
  -- Place within its swap or portfolio on the day, in the order of the fold, from 1.
  ordinal       integer     not null check (ordinal > 0),
  -- #22 and #97, set once.
  submitter     text,
  reported_at   timestamptz not null,
  -- The record as it is sent where that is not the event's own with #22 and #97: JSON text of elements by number.
  elements      text,
  state         text        not null default 'pending'
                check (state in ('held', 'pending', 'sent', 'acknowledged', 'refused', 'resubmitted')),
  -- The refused message that it waits for.
  held_by       text,
  -- The refused message that it takes the place of, and the message that it corrects.
  resubmits     text,
  corrects      text,
  -- By when it must be acknowledged, and by which rule; null where nothing says.
  due_at        timestamptz,
  obligation    text,
  -- When it was on the socket first, when the other side was known to have it, and when it said what it thinks of it.
  sent_at       timestamptz,
  received_at   timestamptz,
  answered_at   timestamptz,
  -- The delivery that carried it; null for what leaves at once.
  delivery_id   text        collate "C",
  -- Of part 43: why it is made public.
  reason        text,
  -- Why it was refused.
  issues        json,
  unique (source_id, position, part, attempt),
  check ((part = 45) = (num_nonnulls(business_date, day_version) = 2)),
  check ((state = 'held') = (held_by is not null))
);

create index outbound_message_delivery on outbound_message (delivery_id, state) where delivery_id is not null;
create index outbound_message_holder on outbound_message (held_by) where held_by is not null;
create index outbound_message_subject on outbound_message (subject_key, subject_kind, part);
create index outbound_message_day on outbound_message (business_date, kind, asset_class, subject_key, ordinal, message_id);
create index outbound_message_leaving
  on outbound_message (leaves_on, kind, asset_class, subject_key, reported_at, ordinal, message_id);
create index outbound_message_loose on outbound_message (message_id)
  where part = 45 and state = 'pending' and leaves_on is null;
create index outbound_message_open on outbound_message (part, state, due_at)
  where state in ('held', 'pending', 'sent', 'refused');

-- A file of send/, as it was written.
create table outbox_file (
  business_date date        not null,
  version       integer     not null,
  -- Like "cftc-45-transaction-IR-20261121-v1.csv".
  name          text        collate "C" not null,
  -- Report kind and asset class of the file.
  kind          text        not null,
  asset_class   text,
  path          text        not null,
  row_count     bigint      not null,
  size_bytes    bigint      not null,
  sha256        text        not null check (sha256 ~ '^[0-9a-f]{64}$'),
  written_at    timestamptz not null default now(),
  -- Only messages go out; reports for people stay.
  is_outbound   boolean     not null,
  primary key (business_date, version, name)
);

-- The way of a file to a target, record by record.
create table delivery (
  delivery_id   text        collate "C" primary key,
  business_date date        not null,
  version       integer     not null,
  file_name     text        collate "C" not null,
  target        text        collate "C" not null,
  state         text        not null default 'waiting'
                check (state in ('waiting', 'sending', 'sent', 'silent', 'answered', 'failed')),
  -- The newest attempt: older ones can move nothing more.
  epoch         integer     not null default 0,
  -- The next record that is not known to have been received.
  next_record   bigint      not null default 1 check (next_record > 0),
  -- accepted or refused: the verdict on the file itself.
  file_verdict  text        check (file_verdict in ('accepted', 'refused')),
  problem_code  text,
  problem_params json,
  started_at    timestamptz,
  finished_at   timestamptz,
  unique (business_date, version, file_name, target)
);

-- Answers of a target, in the order in which it gives them: where reading goes on after a lost connection. Each delivery
-- has a session of its own, and so has what leaves at once.
create table outbound_session (
  target         text        collate "C" not null,
  session        text        collate "C" not null,
  next_answer    bigint      not null default 1 check (next_answer > 0),
  -- The newest attempt: older ones can store nothing more.
  epoch          integer     not null default 0,
  -- What is the matter with it, as its attempt said last.
  problem_code   text,
  problem_params json,
  seen_at        timestamptz,
  primary key (target, session)
);

create table outbound_answer (
  target        text        collate "C" not null,
  session       text        collate "C" not null,
  sequence      bigint      not null check (sequence > 0),
  received_at   timestamptz not null default now(),
  raw           bytea       not null,
  -- Three different answers: received by the session, on a file, on a record.
  kind          text        not null check (kind in ('receipt', 'file', 'record', 'unreadable')),
  -- Of the message or the file; what nobody here knows is kept and shown.
  subject       text        collate "C",
  verdict       text        check (verdict in ('received', 'accepted', 'refused')),
  issues        json,
  effect        text        not null check (effect in ('applied', 'repeated', 'contradicts', 'unknown')),
  primary key (target, session, sequence)
);

create index outbound_answer_subject on outbound_answer (subject);

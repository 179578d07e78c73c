-- Which record was sent to correct which rejected one. Written once the correcting file is published; both records stay
-- as they are.

create table record_correction (
  file_id             bigint  not null references tb_bat_file_mst on delete cascade,
  revision            integer not null,
  record_no           bigint  not null,
  -- The reference as the sender gave it: 20261121-<32 hex digits>/41.
  reference           text    not null,
  corrected_file_id   bigint  references tb_bat_file_mst on delete cascade,
  corrected_revision  integer,
  corrected_record_no bigint,
  outcome             text    not null
                      check (outcome in ('linked', 'unknown-file', 'same-file', 'unknown-record', 'not-rejected')),
  linked_at           timestamptz not null default now(),
  primary key (file_id, revision, record_no),
  constraint record_correction_link check
    ((outcome = 'linked') = (num_nulls(corrected_file_id, corrected_revision, corrected_record_no) = 0))
);

create index record_correction_corrected
  on record_correction (corrected_file_id, corrected_revision, corrected_record_no);

-- Finds a file by its public name, the folder date and the first half of its hash.
create index tb_bat_file_mst_name on tb_bat_file_mst (left(sha256, 32));

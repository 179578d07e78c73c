-- What a file contains, behind its compression, and what its sender says of it; records that are too long to be kept.

alter table tb_bat_file_mst
  -- Offsets, counts of bytes and slices are those of the content: the file itself, or what it decompresses to.
  add column compression    text   not null default 'none' check (compression in ('none', 'gzip', 'zip')),
  add column content_bytes  bigint check (content_bytes >= 0),
  add column content_sha256 text   check (content_sha256 ~ '^[0-9a-f]{64}$'),
  -- Number of records that the sender promised; null when nothing was said.
  add column expected_rows  bigint check (expected_rows >= 0);

update tb_bat_file_mst set content_bytes = size_bytes, content_sha256 = sha256 where format is not null;

alter table tb_bat_file_mst
  drop constraint tb_bat_file_mst_conservation,
  drop constraint tb_bat_file_mst_refusal,
  drop constraint tb_bat_file_mst_state_check;

alter table tb_bat_file_mst
  -- held: the sender's own figures disagree with the file; it waits for a person.
  add constraint tb_bat_file_mst_state
    check (state in ('waiting', 'ingesting', 'published', 'refused', 'held')),
  add constraint tb_bat_file_mst_conservation
    check (state <> 'published' or (read_count = accepted_count + rejected_count and next_offset = content_bytes)),
  add constraint tb_bat_file_mst_problem
    check ((state in ('refused', 'held')) = (problem_code is not null));

alter table tb_bat_file_hist
  -- A single record can be longer than an integer counts.
  alter column byte_length type bigint,
  -- Hash of a slice that is too long to be kept: its bytes are known by their place and by this.
  add column raw_sha256 text,
  -- The rejected record that this one was sent to correct, as the sender names it.
  add column corrects   text,
  drop constraint tb_bat_file_hist_raw,
  add constraint tb_bat_file_hist_raw check (num_nonnulls(raw, raw_bytes, raw_sha256) = 1);

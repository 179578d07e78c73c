-- Arrival: which marker a file was judged by, what cannot be read, and a queue that is cheap to look at.

alter table inbox_sighting add column marker text;
comment on column inbox_sighting.marker is
  'Size and times of the <name>.done that was read when the file was taken; null: there was none.';

create table inbox_unreadable (
  place   text        primary key,
  reason  text        not null,
  seen_at timestamptz not null default now()
);
comment on table inbox_unreadable is 'What the last listing of the inbox could not read.';

-- By state first: counting the open files must not walk over ten thousand waiting ones.
drop index tb_bat_file_mst_open;
create index tb_bat_file_mst_open on tb_bat_file_mst (state, received_at, file_id)
  where state in ('waiting', 'ingesting');

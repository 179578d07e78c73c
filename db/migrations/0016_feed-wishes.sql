-- What is wanted of a feed beside running: that its next login takes whatever session is on, which says nothing of the
-- session that was read, and that it is paused again when it comes back into the configuration.

alter table feed
  add column takes_any boolean not null default false,
  add column kept_pause json;

comment on column feed.takes_any is 'The next login takes whatever session is on; the one that was read has not ended.';
comment on column feed.kept_pause is 'Of a feed that was paused when it was removed: by whom, why and since when.';

-- The registers that records were judged with: by version, so that a verdict can be repeated when newer ones are in use.

create table register_set (
  version   text        primary key check (version ~ '^[0-9a-f]{64}$'),
  stored_at timestamptz not null default now()
);
comment on table register_set is 'Sets of registers; the version is a hash of their contents.';

create table register_part (
  version text    not null references register_set on delete cascade,
  name    text    not null check (name in ('lei.csv', 'mic.csv', 'upi.csv')),
  part    integer not null check (part >= 0),
  -- Part of the gzip of the file; all of them joined are one.
  content bytea   not null,
  primary key (version, name, part)
);

-- Compressed already.
alter table register_part alter column content set storage external;

alter table tb_bat_file_mst add column register_version text;
comment on column tb_bat_file_mst.register_version is
  'Registers that its records are judged with; null: judged before there were any.';

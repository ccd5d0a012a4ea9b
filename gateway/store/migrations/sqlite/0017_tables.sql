-- Registers and dated tables change by two people; and what staff do to those who sign in. Instants are microseconds UTC.

-- A proposal of changed rows. proposal: JSON of the rows as an import writes them, and of the stored rows of the same keys
-- as they stood when it was made. secretariat: whose rows they are; empty where they are of no one secretariat.
create table table_change (
  id integer primary key,
  table_name text not null,
  secretariat text not null,
  proposal text not null,
  reason text not null,
  proposed_by text not null,
  proposed_at integer not null,
  state text not null,
  decided_by text,
  decided_at integer,
  decision_reason text
) strict;

create index table_change_state on table_change (state, id);

-- The keys of open proposals: no key is in two of them.
create table table_change_key (
  table_name text not null,
  row_key text not null,
  change_id integer not null,
  primary key (table_name, row_key)
) strict;

create index table_change_key_change on table_change_key (change_id);

-- What staff did to somebody who signs in, with the reason. detail: JSON of what was before and after.
create table client_act (
  id integer primary key,
  client text not null,
  kind text not null,
  detail text not null,
  reason text not null,
  done_by text not null,
  done_at integer not null
) strict;

create index client_act_client on client_act (client, id);

-- Titles as a search looks for them: small letters without Turkish marks.
alter table firm add column folded text not null default '';
update firm set folded = lower(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(title, 'İ', 'i'), 'I', 'i'), 'ı', 'i'), 'Ş', 's'), 'ş', 's'), 'Ç', 'c'), 'ç', 'c'), 'Ğ', 'g'), 'ğ', 'g'), 'Ö', 'o'), 'ö', 'o'), 'Ü', 'u'), 'ü', 'u'), 'Â', 'a'), 'â', 'a'), 'Î', 'i'), 'î', 'i'), 'Û', 'u'), 'û', 'u'));

create index membership_secretariat on membership (secretariat, firm);
create index commitment_secretariat on commitment (secretariat, firm);
create index payer_commitment_secretariat on payer_commitment (secretariat, exporter);

-- Holidays keep their history as the other tables do. What stands now counts from the beginning.
insert into register_change (name, subject, row_key, version, row_values)
  select 'holiday', '', day, 0, json_object('day', day, 'name_tr', name_tr, 'half_day', half_day) from holiday;

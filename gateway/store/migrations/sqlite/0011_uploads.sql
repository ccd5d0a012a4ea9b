-- Files that people send: papers of declarations and whatever else is to be proved. Apart from the hot tables, and read
-- by number alone. Instants are microseconds UTC.

create table upload (
  id integer primary key,
  digest blob not null,
  media_type text not null,
  bytes blob not null,
  name text not null,
  uploaded_by text not null,
  uploaded_at integer not null
) strict;

-- Papers of a declaration: the same file of the same kind is attached once.
create table attachment (
  declaration_id integer not null,
  kind text not null,
  digest blob not null,
  upload_id integer not null,
  primary key (declaration_id, kind, digest)
) strict;

create unique index attachment_upload on attachment (upload_id);

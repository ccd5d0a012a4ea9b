-- Files that people send: papers of declarations and whatever else is to be proved. Apart from the hot tables, and read
-- by number alone. Instants are microseconds UTC.

create table upload (
  id bigint primary key,
  digest bytea not null,
  media_type text not null,
  bytes bytea not null,
  name text not null,
  uploaded_by text not null,
  uploaded_at bigint not null
);

-- Papers of a declaration: the same file of the same kind is attached once.
create table attachment (
  declaration_id bigint not null,
  kind text not null,
  digest bytea not null,
  upload_id bigint not null,
  primary key (declaration_id, kind, digest)
);

create unique index attachment_upload on attachment (upload_id);

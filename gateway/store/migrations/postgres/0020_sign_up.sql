-- How people come in: applications, one-time links, passwords asked for, and mails. Instants are microseconds UTC.

-- handle: SHA-256 of the name under which the applicant's own browser finds it. secretariat: where the applicant sent
-- it; empty where the firm's memberships say it. mails: instruction mails asked for, the last at mailed_at.
create table application (
  id bigint primary key,
  handle bytea not null,
  kind text not null,
  firm text not null references firm (tax_no),
  secretariat text not null,
  name text not null,
  email text not null,
  phone text not null,
  state text not null,
  created_at bigint not null,
  ends_at bigint not null,
  mails bigint not null,
  mailed_at bigint not null,
  sent_at bigint,
  decided_at bigint,
  decided_by text not null default '',
  reason text not null default ''
);

create unique index application_handle on application (handle);
create index application_email on application (email, created_at);
create index application_started on application (ends_at) where state = 'started';

-- The secretariats whose membership branch may decide.
create table application_branch (
  secretariat text not null,
  application_id bigint not null,
  primary key (secretariat, application_id)
);

-- The petition and the signature circular.
create table application_file (
  application_id bigint not null,
  kind text not null,
  upload_id bigint not null,
  primary key (application_id, kind)
);

-- Links that are mailed; only the SHA-256 of what they say is kept. subject: an application's number, or a user code.
create table mail_link (
  digest bytea primary key,
  purpose text not null,
  subject text not null,
  ends_at bigint not null,
  used_at bigint
);

create index mail_link_subject on mail_link (subject) where used_at is null;

-- Passwords asked for, whether the address is known or not.
create table password_request (
  id bigint primary key,
  address text not null,
  asked_at bigint not null
);

create index password_request_address on password_request (address, asked_at);

-- Mails. link: stands in the text as {link} until the mail is sent, then it is struck out.
create table mail (
  id bigint primary key,
  event_id bigint,
  to_address text not null,
  subject text not null,
  text text not null,
  link text not null,
  attachment_name text not null,
  attachment bytea,
  state text not null,
  tries bigint not null,
  next_try_at bigint not null,
  created_at bigint not null,
  sent_at bigint
);

create index mail_queued on mail (next_try_at) where state = 'queued';
create index mail_failed on mail (id) where state = 'failed';

-- What happened before there were mails is mailed to nobody.
insert into sequencer (name, position)
  select 'mail', coalesce(max(first_position + events - 1), 0) from audit_block;

-- Declarations, their versions, approvals, the ledger and what happened. Instants are microseconds UTC.

-- key: the first 16 bytes of SHA-256 over declarant and reference; the one place where twins meet.
-- digest: of the content of the version that stands, so that a twin is told without looking further.
-- cleared_version: the version that a person at the desk let pass; 0 while none did.
create table declaration (
  id integer primary key,
  key blob not null,
  declarant text not null,
  reference text not null,
  exporter text not null,
  secretariat text not null,
  digest blob not null,
  state text not null,
  version integer not null,
  cleared_version integer not null default 0,
  received_at integer not null,
  ended_at integer,
  registration_no text
) strict;

create unique index declaration_key on declaration (key);

create table declaration_version (
  declaration_id integer not null references declaration (id),
  version integer not null,
  digest blob not null,
  content text not null,
  sent_by text not null,
  sent_at integer not null,
  primary key (declaration_id, version)
) strict;

-- What the stored answer is made of; answer_digest is SHA-256 of the bytes sent.
create table approval (
  declaration_id integer not null references declaration (id),
  version integer not null,
  code text not null,
  collision integer not null,
  record_no text not null,
  kind text not null,
  approved_at integer not null,
  valid_until text,
  fee_kurus integer not null,
  fob_try_kurus integer not null,
  account_id integer references account (id),
  balance_kurus integer,
  detail text not null,
  renderer integer not null,
  answer_digest blob not null,
  primary key (declaration_id, version)
) strict;

create unique index approval_code on approval (code);

create table record_counter (
  secretariat text not null,
  year integer not null,
  last integer not null,
  primary key (secretariat, year)
) strict;

-- One row is both sides of the double entry: money leaves the debit account and reaches the credit account.
create table transfer (
  id integer primary key,
  kind text not null,
  debit_account integer not null references account (id),
  credit_account integer not null references account (id),
  amount_kurus integer not null check (amount_kurus > 0),
  declaration_id integer references declaration (id),
  reference text,
  booked_at integer not null
) strict;

create unique index transfer_reference on transfer (reference) where reference is not null;

-- What happened, written in the commit of the fact; leaf is SHA-256 of the row.
create table event (
  id integer primary key,
  kind text not null,
  declaration_id integer,
  account_id integer,
  happened_at integer not null,
  body text not null,
  leaf blob not null
) strict;

-- The audit chain over the leaves, in one order for all servers, some milliseconds behind.
create table audit_chain (
  position integer primary key,
  event_id integer not null,
  hash blob not null
) strict;

create unique index audit_chain_event on audit_chain (event_id);

-- Declarations, their versions, approvals, the ledger and what happened. Instants are microseconds UTC.

-- key: the first 16 bytes of SHA-256 over declarant and reference; the one place where twins meet.
-- digest: of the content of the version that stands, so that a twin is told without looking further.
-- cleared_version: the version that a person at the desk let pass; 0 while none did.
create table declaration (
  id bigint primary key,
  key bytea not null,
  declarant text not null,
  reference text not null,
  exporter text not null,
  secretariat text not null,
  digest bytea not null,
  state text not null,
  version bigint not null,
  cleared_version bigint not null default 0,
  received_at bigint not null,
  ended_at bigint,
  registration_no text
);

create unique index declaration_key on declaration (key);

create table declaration_version (
  declaration_id bigint not null references declaration (id),
  version bigint not null,
  digest bytea not null,
  content text not null,
  sent_by text not null,
  sent_at bigint not null,
  primary key (declaration_id, version)
);

-- What the stored answer is made of; answer_digest is SHA-256 of the bytes sent.
create table approval (
  declaration_id bigint not null references declaration (id),
  version bigint not null,
  code text not null,
  collision bigint not null,
  record_no text not null,
  kind text not null,
  approved_at bigint not null,
  valid_until text,
  fee_kurus bigint not null,
  fob_try_kurus bigint not null,
  account_id bigint references account (id),
  balance_kurus bigint,
  detail text not null,
  renderer bigint not null,
  answer_digest bytea not null,
  primary key (declaration_id, version)
);

create unique index approval_code on approval (code);

create table record_counter (
  secretariat text not null,
  year bigint not null,
  last bigint not null,
  primary key (secretariat, year)
);

-- One row is both sides of the double entry: money leaves the debit account and reaches the credit account.
create table transfer (
  id bigint primary key,
  kind text not null,
  debit_account bigint not null references account (id),
  credit_account bigint not null references account (id),
  amount_kurus bigint not null check (amount_kurus > 0),
  declaration_id bigint references declaration (id),
  reference text,
  booked_at bigint not null
);

create unique index transfer_reference on transfer (reference) where reference is not null;

-- What happened, written in the commit of the fact; leaf is SHA-256 of the row.
create table event (
  id bigint primary key,
  kind text not null,
  declaration_id bigint,
  account_id bigint,
  happened_at bigint not null,
  body text not null,
  leaf bytea not null
);

-- The audit chain over the leaves, in one order for all servers, some milliseconds behind.
create table audit_chain (
  position bigint primary key,
  event_id bigint not null,
  hash bytea not null
);

create unique index audit_chain_event on audit_chain (event_id);

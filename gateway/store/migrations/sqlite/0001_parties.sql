-- Who takes part: firms, memberships, powers of attorney, commitments, who pays, who signs in.
-- Days are civil days of Türkiye as YYYY-MM-DD; an empty end means that the row goes on.

create table firm (
  tax_no text primary key,
  title text not null,
  kind text not null check (kind in ('exporter', 'broker'))
) strict;

create table membership (
  firm text not null references firm (tax_no),
  union_code text not null,
  secretariat text not null,
  valid_from text not null,
  valid_to text not null default '',
  primary key (firm, union_code, valid_from)
) strict;

-- A power of attorney from an exporter to a declarant; secretariat '*' is all of them.
create table power (
  exporter text not null references firm (tax_no),
  declarant text not null references firm (tax_no),
  secretariat text not null,
  valid_from text not null,
  valid_to text not null default '',
  primary key (exporter, declarant, secretariat, valid_from)
) strict;

-- The secretariats named in a system user's commitment (taahhütname).
create table commitment (
  firm text not null references firm (tax_no),
  secretariat text not null,
  valid_from text not null,
  valid_to text not null default '',
  primary key (firm, secretariat, valid_from)
) strict;

-- Ledger accounts. A current account belongs to a firm at a secretariat and is never below zero;
-- 'bank' and 'income' are the secretariat's own sides, whose balances are computed from the transfers.
create table account (
  id integer primary key,
  kind text not null check (kind in ('current', 'bank', 'income')),
  firm text not null default '',
  secretariat text not null,
  balance_kurus integer not null default 0 check (balance_kurus >= 0),
  unique (kind, firm, secretariat)
) strict;

-- The payer commitment (ek taahhütname): which account pays for an exporter's declarations;
-- declarant '' is any, a named one goes first.
create table payer_commitment (
  exporter text not null references firm (tax_no),
  secretariat text not null,
  declarant text not null default '',
  account_id integer not null references account (id),
  automatic integer not null,
  valid_from text not null,
  valid_to text not null default '',
  primary key (exporter, secretariat, declarant, valid_from)
) strict;

-- Who signs in, by program or by browser. Hashes are argon2id in PHC form; '' cannot sign in.
create table client (
  code text primary key,
  firm text not null default '',
  secretariat text not null default '',
  roles text not null,
  password_hash text not null default '',
  payment_password_hash text not null default '',
  locked integer not null default 0
) strict;

-- Browser sessions: SHA-256 of the identifier, never the identifier.
create table session (
  id_hash blob primary key,
  client text not null references client (code),
  started_at integer not null,
  seen_at integer not null
) strict;

-- One row per kind of table; raised in the commit of every change, so that servers notice.
create table change_counter (
  name text primary key,
  version integer not null
) strict;

insert into change_counter (name, version) values ('clients', 1), ('rules', 1), ('bulletins', 1);

-- Credentials of machines, beside the passwords. A row stands as long as it counts; what it stood for is gone with it.

-- Generated secrets: SHA-256 of each, never the secret. last_used_on is a civil day of Türkiye, '' while unused.
create table client_secret (
  hash blob primary key,
  client text not null references client (code),
  name text not null,
  created_at integer not null,
  last_used_on text not null default '',
  unique (client, name)
) strict;

-- Certificates bound to a user: SHA-256 of the whole certificate, and what it says for people. Instants are
-- microseconds UTC.
create table client_certificate (
  fingerprint blob primary key,
  client text not null references client (code),
  subject text not null,
  valid_from integer not null,
  valid_until integer not null,
  bound_at integer not null
) strict;

create index client_certificate_client on client_certificate (client);

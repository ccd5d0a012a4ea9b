-- People who act for firms on the portal. Instants are microseconds UTC.

-- For whom a session acts: the firm chosen among the client's own, and the exporter whose power a broker uses; empty
-- while none was chosen. agent: what the browser calls itself, so that its owner can tell sessions apart.
alter table session add column firm text not null default '';
alter table session add column exporter text not null default '';
alter table session add column agent text not null default '';

create index session_client on session (client);

-- The firms of a person of the portal; programs have theirs in client.firm.
create table client_firm (
  client text not null references client (code),
  firm text not null references firm (tax_no),
  since bigint not null,
  primary key (client, firm)
);

create index client_firm_firm on client_firm (firm);

-- Who a person is; programs have none.
create table client_profile (
  client text primary key references client (code),
  name text not null,
  phone text not null
);

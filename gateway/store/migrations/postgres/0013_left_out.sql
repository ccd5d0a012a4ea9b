-- Numbers that were never given here: after a restore they may have been given outside by what was lost.
-- kind: feed (owner: the firm; empty for every firm that has none yet), receipt (owner: secretariat-year), line (owner:
-- number of the account).
create table left_out (
  kind text not null,
  owner text not null,
  first_number bigint not null,
  last_number bigint not null,
  primary key (kind, owner, first_number, last_number)
);

-- Lists and numbers in fewer bytes: what is found by its key alone lies in its key's order, and nothing is kept twice.

create table smaller_feed (
  firm text not null,
  position integer not null,
  event_id integer not null,
  primary key (firm, position)
) strict, without rowid;
insert into smaller_feed select firm, position, event_id from feed order by firm, position;
drop table feed;
alter table smaller_feed rename to feed;

create table smaller_line (
  account_id integer not null,
  number integer not null,
  event_id integer not null,
  booked_at integer not null,
  amount_kurus integer not null,
  balance_kurus integer not null,
  primary key (account_id, number)
) strict, without rowid;
insert into smaller_line select account_id, number, event_id, booked_at, amount_kurus, balance_kurus
  from account_line order by account_id, number;
drop table account_line;
alter table smaller_line rename to account_line;
create index account_line_booked on account_line (account_id, booked_at);

-- The rows of a declaration are found by its declarant, which never changes, and by the exporter that this row names.
drop index declaration_summary_declaration;
-- A search looks into reference, code and registration number themselves.
alter table declaration_summary drop column sought;

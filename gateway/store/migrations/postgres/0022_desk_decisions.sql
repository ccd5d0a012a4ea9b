-- What officers decided for themselves while the register could not be asked. code: as typed. decision: let_pass or
-- held_back. decided_at is the browser's time in milliseconds since 1970, which tells one decision of an officer from
-- another; told_at, microseconds UTC, when it came here.
create table desk_decision (
  client text not null,
  decided_at bigint not null,
  code text not null,
  decision text not null,
  note text not null,
  told_at bigint not null,
  primary key (client, decided_at)
);

-- Rows as small as they can be, and a chain that costs a row a turn instead of one an event.
--
-- content and detail are packed with zstd and the dictionary of that number; 0 is text as it stands.

create table packed_version (
  declaration_id integer not null references declaration (id),
  version integer not null,
  digest blob not null,
  content blob not null,
  sent_by text not null,
  sent_at integer not null,
  dictionary integer not null,
  primary key (declaration_id, version)
) strict;

insert into packed_version select declaration_id, version, digest, cast(content as blob), sent_by, sent_at, 0
  from declaration_version;
drop table declaration_version;
alter table packed_version rename to declaration_version;

-- notices: those given with the answer, as JSON; null where there are none.
create table packed_approval (
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
  detail blob not null,
  renderer integer not null,
  answer_digest blob not null,
  dictionary integer not null,
  notices text,
  primary key (declaration_id, version)
) strict;

insert into packed_approval select declaration_id, version, code, collision, record_no, kind, approved_at, valid_until,
    fee_kurus, fob_try_kurus, account_id, balance_kurus, cast(detail as blob), renderer, answer_digest, 0, null
  from approval;
drop table approval;
alter table packed_approval rename to approval;

create unique index approval_code on approval (code);

-- Events that no block of the audit chain holds yet.
create table event_unchained (
  event_id integer primary key
) strict;

insert into event_unchained select event.id from event
  left join audit_chain on audit_chain.event_id = event.id where audit_chain.event_id is null;

-- The audit chain over the leaves, a block for the events of one turn: hash is the last link of the block. Two servers
-- that extend the chain at once meet at the first position. event_ids is a JSON array, packed as above.
create table audit_block (
  first_position integer primary key,
  events integer not null,
  event_ids blob not null,
  dictionary integer not null,
  hash blob not null
) strict;

insert into audit_block select position, 1, cast('[' || event_id || ']' as blob), 0, hash from audit_chain;
drop table audit_chain;

-- Rows as small as they can be, and a chain that costs a row a turn instead of one an event.
--
-- content and detail are packed with zstd and the dictionary of that number; 0 is text as it stands.

alter table declaration_version alter column content type bytea using convert_to(content, 'UTF8');
alter table declaration_version alter column content set storage external;
alter table declaration_version add column dictionary bigint not null default 0;
alter table declaration_version alter column dictionary drop default;

-- notices: those given with the answer, as JSON; null where there are none.
alter table approval alter column detail type bytea using convert_to(detail, 'UTF8');
alter table approval alter column detail set storage external;
alter table approval add column dictionary bigint not null default 0;
alter table approval alter column dictionary drop default;
alter table approval add column notices text;

-- Events that no block of the audit chain holds yet.
create table event_unchained (
  event_id bigint primary key
);

insert into event_unchained select event.id from event
  left join audit_chain on audit_chain.event_id = event.id where audit_chain.event_id is null;

-- The audit chain over the leaves, a block for the events of one turn: hash is the last link of the block. Two servers
-- that extend the chain at once meet at the first position. event_ids is a JSON array, packed as above.
create table audit_block (
  first_position bigint primary key,
  events bigint not null,
  event_ids bytea not null,
  dictionary bigint not null,
  hash bytea not null
);

insert into audit_block select position, 1, convert_to('[' || event_id || ']', 'UTF8'), 0, hash from audit_chain;
drop table audit_chain;

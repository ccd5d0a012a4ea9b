-- What the pages about money read. Instants are microseconds UTC.

-- What a receipt is for, beside its number, so that a firm's receipts are listed without their events.
alter table receipt add column declaration_id bigint not null default 0;
alter table receipt add column exporter text not null default '';
alter table receipt add column declarant text not null default '';
alter table receipt add column amount_kurus bigint not null default 0;
alter table receipt add column paid_at bigint not null default 0;

update receipt set
  declaration_id = (select event.declaration_id from event where event.id = receipt.event_id),
  exporter = (select declaration.exporter from event join declaration on declaration.id = event.declaration_id
    where event.id = receipt.event_id),
  declarant = (select declaration.declarant from event join declaration on declaration.id = event.declaration_id
    where event.id = receipt.event_id),
  amount_kurus = (select cast(replace(coalesce(event.body::json->>'charged', event.body::json->>'fee'), '.', '') as bigint)
    from event where event.id = receipt.event_id),
  paid_at = (select event.happened_at from event where event.id = receipt.event_id);

create index receipt_exporter on receipt (exporter, paid_at);
create index receipt_declarant on receipt (declarant, paid_at);

-- Where deposits for a secretariat's current accounts are wired to.
create table deposit_account (
  iban text primary key,
  secretariat text not null,
  bank text not null,
  valid_from text not null,
  valid_to text not null
);

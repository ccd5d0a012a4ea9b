-- Card payments on the bank's page. No card data: the bank has it, and gives its reference. Instants are microseconds UTC.

-- state: begun, paid, failed or expired. settled: 1 once each declaration of a paid order was looked at.
create table card_order (
  id integer primary key,
  order_no text not null,
  client text not null,
  firm text not null,
  secretariat text not null,
  amount_kurus integer not null,
  state text not null,
  settled integer not null,
  bank_reference text,
  begun_at integer not null,
  asked_at integer not null,
  closed_at integer
) strict;

create unique index card_order_no on card_order (order_no);
create unique index card_order_bank_reference on card_order (bank_reference) where bank_reference is not null;
create index card_order_open on card_order (asked_at) where state = 'begun';
create index card_order_unsettled on card_order (closed_at) where state = 'paid' and settled = 0;

-- What an order pays for. open: 1 until the order is closed, so that a declaration is in one open order at most.
create table card_order_line (
  order_id integer not null,
  declaration_id integer not null,
  fee_kurus integer not null,
  open integer not null,
  primary key (order_id, declaration_id)
) strict;

create unique index card_order_line_open on card_order_line (declaration_id) where open = 1;

-- Card payments on the bank's page. No card data: the bank has it, and gives its reference. Instants are microseconds UTC.

-- state: begun, paid, failed or expired. settled: 1 once each declaration of a paid order was looked at.
create table card_order (
  id bigint primary key,
  order_no text not null,
  client text not null,
  firm text not null,
  secretariat text not null,
  amount_kurus bigint not null,
  state text not null,
  settled bigint not null,
  bank_reference text,
  begun_at bigint not null,
  asked_at bigint not null,
  closed_at bigint
);

create unique index card_order_no on card_order (order_no);
create unique index card_order_bank_reference on card_order (bank_reference) where bank_reference is not null;
create index card_order_open on card_order (asked_at) where state = 'begun';
create index card_order_unsettled on card_order (closed_at) where state = 'paid' and settled = 0;

-- What an order pays for. open: 1 until the order is closed, so that a declaration is in one open order at most.
create table card_order_line (
  order_id bigint not null,
  declaration_id bigint not null,
  fee_kurus bigint not null,
  open bigint not null,
  primary key (order_id, declaration_id)
);

create unique index card_order_line_open on card_order_line (declaration_id) where open = 1;

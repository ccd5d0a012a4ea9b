-- What lists of declarations show, kept by a worker from events, beside the hot tables. Instants are microseconds UTC.

-- A row for each of the two firms of a declaration, so that a firm's rows lie together in the order of their time.
-- sought: what a search looks into, in small letters. destination_tr, destination_en: the country's place among all by
-- its name in each language. manufacturers: tax numbers, each between spaces. Empty is none yet.
create table declaration_summary (
  firm text not null,
  received_at bigint not null,
  declaration_id bigint not null,
  declarant text not null,
  exporter text not null,
  secretariat text not null,
  reference text collate "C" not null,
  sought text not null,
  state text not null,
  version bigint not null,
  destination text not null,
  destination_tr bigint not null,
  destination_en bigint not null,
  invoice_total text not null,
  invoice_currency text not null,
  manufacturers text not null,
  fee_kurus bigint,
  code text not null,
  approved_at bigint,
  registration_no text not null,
  primary key (firm, received_at, declaration_id)
);

create index declaration_summary_declaration on declaration_summary (declaration_id);

-- What happened to a declaration: events are not indexed by it, since nothing on the way of an approval needs that.
create table declaration_event (
  declaration_id bigint not null,
  event_id bigint not null,
  primary key (declaration_id, event_id)
);

insert into sequencer (name, position) values ('listing', 0);

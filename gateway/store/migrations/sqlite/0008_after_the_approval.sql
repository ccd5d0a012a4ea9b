-- What happens after the approval: customs, corrections and ends, money back, numbers for firms; and what an approval
-- was judged by. Instants are microseconds UTC, days are civil days of Türkiye.

-- hold: the sender asked to wait for payment; urgent: its payer wants it first. Both count while it waits.
alter table declaration add column hold integer not null default 0;
alter table declaration add column urgent integer not null default 0;

create index declaration_waiting on declaration (secretariat, received_at) where state in ('waiting_payment', 'at_desk');

-- kept: 0 where the row's code was issued with it; the row's own version where a correction keeps the code.
-- The versions of the tables and of the register that it was judged by; null in rows older than this column.
alter table approval add column kept integer not null default 0;
alter table approval add column tables_version integer;
alter table approval add column parties_version integer;
drop index approval_code;
create unique index approval_code on approval (code, kept);

-- Contact offices (irtibat büroları): units of a secretariat with staff of their own.
create table contact_office (
  code text primary key,
  secretariat text not null,
  name text not null
) strict;

-- Of a member of staff: the contact office where it sits; empty at the centre.
alter table client add column contact_office text not null default '';

-- Customs registered a declaration with its code. A number that was bound anew leaves its old row, ended.
create table registration (
  registration_no text primary key,
  declaration_id integer not null,
  code text not null,
  registered_at integer not null,
  registered_by text not null,
  exited_at integer,
  ended_at integer
) strict;

create unique index registration_declaration on registration (declaration_id) where ended_at is null;

-- What staff do to an approved declaration, each with its reason; above a sum a second person decides.
-- subject is JSON; content is that of a correction, packed as versions are.
create table staff_case (
  id integer primary key,
  kind text not null,
  secretariat text not null,
  declaration_id integer not null,
  amount_kurus integer not null,
  subject text not null,
  content blob,
  dictionary integer,
  reason text not null,
  proof text not null,
  proposed_by text not null,
  proposed_at integer not null,
  state text not null,
  decided_by text,
  decided_at integer,
  decision_reason text
) strict;

create index staff_case_open on staff_case (secretariat, proposed_at) where state = 'open';
create index staff_case_declaration on staff_case (declaration_id);

-- Fees given back, each with its transfer.
create table refund (
  id integer primary key,
  declaration_id integer not null,
  case_id integer not null,
  transfer_id integer not null,
  amount_kurus integer not null,
  refunded_at integer not null
) strict;

create index refund_declaration on refund (declaration_id);

-- How far the events of the audit chain have been numbered for firms, accounts and receipts.
create table sequencer (
  name text primary key,
  position integer not null
) strict;

insert into sequencer (name, position) values ('feed', 0);

-- What happened to a firm's declarations, accounts and powers: one gapless sequence for each firm.
create table feed (
  firm text not null,
  position integer not null,
  event_id integer not null,
  primary key (firm, position)
) strict;

-- The lines of a current account's statement, in the order of the chain; amounts below zero leave the account.
create table account_line (
  account_id integer not null,
  number integer not null,
  event_id integer not null,
  booked_at integer not null,
  amount_kurus integer not null,
  balance_kurus integer not null,
  primary key (account_id, number)
) strict;

-- Receipts: gapless numbers of each secretariat and year; the event tells what was paid.
create table receipt (
  secretariat text not null,
  year integer not null,
  number integer not null,
  event_id integer not null,
  primary key (secretariat, year, number)
) strict;

create unique index receipt_event on receipt (event_id);

-- What the owner of a current account chose.
create table account_choice (
  account_id integer primary key,
  releases integer not null,
  low_balance_kurus integer,
  changed_by text not null,
  changed_at integer not null
) strict;

-- Lines of bank statements. line_key is the SHA-256 of the line as it was read, so that a line books once.
create table bank_line (
  secretariat text not null,
  line_key text not null,
  booked_on text not null,
  amount_kurus integer not null,
  bank_reference text not null,
  text text not null,
  state text not null,
  account_id integer,
  decided_by text,
  decided_at integer,
  reason text not null,
  imported_at integer not null,
  primary key (secretariat, line_key)
) strict;

create index bank_line_unmatched on bank_line (secretariat, booked_on) where state = 'unmatched';

-- What customs registered, by its monthly files. goods: the items' commodity codes in order, separated by blanks; digest
-- of the whole row, so that the same row again is known.
create table customs_row (
  registration_no text primary key,
  month text not null,
  code text not null,
  reference text not null,
  declarant text not null,
  exporter text not null,
  registered_on text not null,
  invoice_total text not null,
  invoice_currency text not null,
  goods text not null,
  digest text not null
) strict;

create index customs_row_month on customs_row (month, registration_no);
create index customs_row_code on customs_row (code);

-- Where customs and we differ. row_key names the difference, so that it is told once; seen: the run that saw it last.
create table reconciliation_row (
  id integer primary key,
  row_key text not null,
  month text not null,
  kind text not null,
  registration_no text,
  declaration_id integer,
  secretariat text not null,
  fields text not null,
  state text not null,
  owner text,
  found_at integer not null,
  settled_at integer,
  reason text not null,
  seen integer not null
) strict;

create unique index reconciliation_row_key on reconciliation_row (row_key);
create index reconciliation_row_month on reconciliation_row (month, kind, id);
create index reconciliation_row_declaration on reconciliation_row (declaration_id);

-- Every row of the register and the dated tables as it was, so that a decision can be judged again by what was known:
-- from this version of the parties, or of the tables, on. subject: the firm that it is about; empty in the dated tables.
create table register_change (
  name text not null,
  subject text not null,
  row_key text not null,
  version integer not null,
  row_values text not null,
  primary key (name, subject, row_key, version)
) strict;

-- What stands now counts from the beginning.
insert into register_change (name, subject, row_key, version, row_values)
  select 'firm', tax_no, tax_no, 0, json_object('tax_no', tax_no, 'title', title, 'kind', kind) from firm;
insert into register_change (name, subject, row_key, version, row_values)
  select 'membership', firm, firm || '|' || union_code || '|' || valid_from, 0, json_object('firm', firm, 'union_code', union_code, 'secretariat', secretariat, 'valid_from', valid_from, 'valid_to', valid_to) from membership;
insert into register_change (name, subject, row_key, version, row_values)
  select 'power', exporter, exporter || '|' || declarant || '|' || secretariat || '|' || valid_from, 0, json_object('exporter', exporter, 'declarant', declarant, 'secretariat', secretariat, 'valid_from', valid_from, 'valid_to', valid_to) from power;
insert into register_change (name, subject, row_key, version, row_values)
  select 'commitment', firm, firm || '|' || secretariat || '|' || valid_from, 0, json_object('firm', firm, 'secretariat', secretariat, 'valid_from', valid_from, 'valid_to', valid_to) from commitment;
insert into register_change (name, subject, row_key, version, row_values)
  select 'payer_commitment', exporter, exporter || '|' || secretariat || '|' || declarant || '|' || valid_from, 0, json_object('exporter', exporter, 'secretariat', secretariat, 'declarant', declarant, 'payer', (select account.firm from account where account.id = payer_commitment.account_id), 'automatic', automatic, 'valid_from', valid_from, 'valid_to', valid_to) from payer_commitment;
insert into register_change (name, subject, row_key, version, row_values)
  select 'fee_rate', '', sector || '|' || valid_from, 0, json_object('sector', sector, 'rate_ppm', rate_ppm, 'extra_ppm', extra_ppm, 'valid_from', valid_from, 'valid_to', valid_to, 'origin', origin) from fee_rate;
insert into register_change (name, subject, row_key, version, row_values)
  select 'regime_rule', '', regime || '|' || valid_from, 0, json_object('regime', regime, 'needs_approval', needs_approval, 'takes_fee', takes_fee, 'valid_from', valid_from, 'valid_to', valid_to, 'origin', origin) from regime_rule;
insert into register_change (name, subject, row_key, version, row_values)
  select 'fee_exemption', '', kind || '|' || value || '|' || valid_from, 0, json_object('kind', kind, 'value', value, 'valid_from', valid_from, 'valid_to', valid_to, 'origin', origin) from fee_exemption;
insert into register_change (name, subject, row_key, version, row_values)
  select 'watched_goods', '', gtip_prefix || '|' || valid_from, 0, json_object('gtip_prefix', gtip_prefix, 'at_desk', at_desk, 'validity_days', validity_days, 'valid_from', valid_from, 'valid_to', valid_to, 'origin', origin) from watched_goods;
insert into register_change (name, subject, row_key, version, row_values)
  select 'bound_goods', '', gtip_prefix || '|' || valid_from, 0, json_object('gtip_prefix', gtip_prefix, 'secretariat', secretariat, 'valid_from', valid_from, 'valid_to', valid_to, 'origin', origin) from bound_goods;

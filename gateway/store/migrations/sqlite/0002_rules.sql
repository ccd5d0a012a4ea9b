-- Dated tables: rates, regimes, exemptions, watched and bound goods, holidays; tariff; exchange rates.

create table fee_rate (
  sector text not null,
  rate_ppm integer not null,
  extra_ppm integer not null,
  valid_from text not null,
  valid_to text not null default '',
  origin text not null default '',
  primary key (sector, valid_from)
) strict;

create table regime_rule (
  regime text not null,
  needs_approval integer not null,
  takes_fee integer not null,
  valid_from text not null,
  valid_to text not null default '',
  origin text not null default '',
  primary key (regime, valid_from)
) strict;

create table fee_exemption (
  kind text not null,
  value text not null,
  valid_from text not null,
  valid_to text not null default '',
  origin text not null default '',
  primary key (kind, value, valid_from)
) strict;

create table watched_goods (
  gtip_prefix text not null,
  at_desk integer not null,
  validity_days integer,
  valid_from text not null,
  valid_to text not null default '',
  origin text not null default '',
  primary key (gtip_prefix, valid_from)
) strict;

create table bound_goods (
  gtip_prefix text not null,
  secretariat text not null,
  valid_from text not null,
  valid_to text not null default '',
  origin text not null default '',
  primary key (gtip_prefix, valid_from)
) strict;

create table holiday (
  day text primary key,
  name_tr text not null,
  half_day integer not null
) strict;

create table tariff (
  gtip text primary key,
  description_tr text not null default '',
  description_en text not null default ''
) strict;

create table bulletin (
  day text primary key,
  number text not null,
  imported_at integer not null
) strict;

-- The buying rate keeps the bank's own digits.
create table bulletin_rate (
  day text not null references bulletin (day),
  currency text not null,
  unit integer not null,
  buying text not null,
  primary key (day, currency)
) strict;

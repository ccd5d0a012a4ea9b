-- Dated tables: rates, regimes, exemptions, watched and bound goods, holidays; tariff; exchange rates.

create table fee_rate (
  sector text not null,
  rate_ppm bigint not null,
  extra_ppm bigint not null,
  valid_from text not null,
  valid_to text not null default '',
  origin text not null default '',
  primary key (sector, valid_from)
);

create table regime_rule (
  regime text not null,
  needs_approval bigint not null,
  takes_fee bigint not null,
  valid_from text not null,
  valid_to text not null default '',
  origin text not null default '',
  primary key (regime, valid_from)
);

create table fee_exemption (
  kind text not null,
  value text not null,
  valid_from text not null,
  valid_to text not null default '',
  origin text not null default '',
  primary key (kind, value, valid_from)
);

create table watched_goods (
  gtip_prefix text not null,
  at_desk bigint not null,
  validity_days bigint,
  valid_from text not null,
  valid_to text not null default '',
  origin text not null default '',
  primary key (gtip_prefix, valid_from)
);

create table bound_goods (
  gtip_prefix text not null,
  secretariat text not null,
  valid_from text not null,
  valid_to text not null default '',
  origin text not null default '',
  primary key (gtip_prefix, valid_from)
);

create table holiday (
  day text primary key,
  name_tr text not null,
  half_day bigint not null
);

create table tariff (
  gtip text primary key,
  description_tr text not null default '',
  description_en text not null default ''
);

create table bulletin (
  day text primary key,
  number text not null,
  imported_at bigint not null
);

-- The buying rate keeps the bank's own digits.
create table bulletin_rate (
  day text not null references bulletin (day),
  currency text not null,
  unit bigint not null,
  buying text not null,
  primary key (day, currency)
);

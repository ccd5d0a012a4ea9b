-- Daily limits of powers, and titles in the order of the Turkish alphabet.

-- What a power lets be debited on one day, in kuruş; null where nothing limits it.

alter table power add column daily_limit integer check (daily_limit > 0);
alter table power_application add column daily_limit integer check (daily_limit > 0);

-- What was debited by a power on a day of Türkiye, of those that have a limit, with the limit as it stood last.
create table power_day (
  exporter text not null,
  declarant text not null,
  secretariat text not null,
  valid_from text not null,
  day text not null,
  spent_kurus integer not null,
  limit_kurus integer not null,
  primary key (exporter, declarant, secretariat, valid_from, day),
  check (spent_kurus <= limit_kurus)
) strict;

-- What titles are put in order by: small letters, and each letter that English lacks as the one before it and '~', which
-- stands behind all letters.
alter table firm add column ordered text not null default '';
update firm set ordered = lower(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(title, 'İ', 'i'), 'I', 'h~'), 'ı', 'h~'), 'Ç', 'c~'), 'ç', 'c~'), 'Ğ', 'g~'), 'ğ', 'g~'), 'Ö', 'o~'), 'ö', 'o~'), 'Ş', 's~'), 'ş', 's~'), 'Ü', 'u~'), 'ü', 'u~'), 'Â', 'a'), 'â', 'a'), 'Î', 'i'), 'î', 'i'), 'Û', 'u'), 'û', 'u'));

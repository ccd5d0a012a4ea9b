-- Powers of attorney as they come to be and end. Days are YYYY-MM-DD, instants microseconds UTC.

-- Whether an exporter stopped a declarant: while frozen is 1, none of its powers for that declarant counts.
create table power_freeze (
  exporter text not null references firm (tax_no),
  declarant text not null references firm (tax_no),
  frozen integer not null,
  changed_by text not null,
  changed_at integer not null,
  primary key (exporter, declarant)
) strict;

-- Who ended a power before its day, when and why; 0 and empty where nobody did. valid_to alone decides whether it holds.
alter table power add column revoked_at integer not null default 0;
alter table power add column revoked_by text not null default '';
alter table power add column revoke_reason text not null default '';

create index power_declarant on power (declarant);

-- Applications for a power: one exporter, one declarant, one paper. secretariat decides; scope is where the power is to
-- hold: that secretariat, or '*' for all. A draft is its maker's alone.
create table power_application (
  id integer primary key,
  exporter text not null references firm (tax_no),
  declarant text not null references firm (tax_no),
  secretariat text not null,
  scope text not null,
  takes_refunds integer not null,
  valid_from text not null,
  valid_to text not null,
  upload_id integer not null,
  file_name text not null,
  made_by text not null,
  made_by_firm text not null,
  made_at integer not null,
  state text not null check (state in ('draft', 'waiting', 'approved', 'rejected', 'cancelled')),
  decided_by text not null default '',
  decided_at integer not null default 0,
  reason text not null default ''
) strict;

create index power_application_exporter on power_application (exporter);
create index power_application_declarant on power_application (declarant);
create index power_application_queue on power_application (secretariat, state, id);
create index power_application_draft on power_application (made_at) where state = 'draft';
create unique index power_application_waiting on power_application (exporter, declarant, scope) where state = 'waiting';

-- The firm's number in the union's register.
alter table membership add column registry_no text not null default '';

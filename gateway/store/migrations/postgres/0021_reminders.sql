-- Applications that are not sent: when their applicant was reminded of the end, and when the end was put off. Instants are
-- microseconds UTC.
alter table application add column reminded_at bigint;
alter table application add column extended_at bigint;

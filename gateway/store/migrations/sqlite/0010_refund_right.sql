-- Whether a power says that fees may be given back on the declarant's own petition (R-3.8): 1 or 0.
alter table power add column takes_refunds integer not null default 0;

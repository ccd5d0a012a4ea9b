-- What staff have still to look at in the monthly match, the oldest first.
create index reconciliation_row_open on reconciliation_row (secretariat, found_at) where state = 'open';

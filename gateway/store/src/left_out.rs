//! Numbers that a restored store leaves out, since what was lost may have given them: nobody outside holds two things
//! under one number, and whoever reads on from a number misses nothing.

use crate::sql::statements;

statements! {
    LEAVE_OUT_FEED = "insert into left_out (kind, owner, first_number, last_number)
        select 'feed', owner, max(head) + 1, max(top) + cast($1 as bigint) from (
            select firm as owner, max(position) as head, max(position) as top from feed group by firm
            union all select owner, 0, max(last_number) from left_out where kind = 'feed' group by owner
            union all select '', 0, 0) as known
        group by owner";
    LEAVE_OUT_LINES = "insert into left_out (kind, owner, first_number, last_number)
        select 'line', owner, max(head) + 1, max(top) + cast($1 as bigint) from (
            select cast(id as text) as owner, 0 as head, 0 as top from account where kind = 'current'
            union all select cast(account_id as text), max(number), max(number) from account_line group by account_id
            union all select owner, 0, max(last_number) from left_out where kind = 'line' group by owner) as known
        group by owner";
    LEAVE_OUT_RECEIPTS = "insert into left_out (kind, owner, first_number, last_number)
        select 'receipt', owner, max(head) + 1, max(top) + cast($1 as bigint) from (
            select secretariat || '-' || $2 as owner, 0 as head, 0 as top from membership
            union all select secretariat || '-' || $2, 0, 0 from account
            union all select secretariat || '-' || year, max(number), max(number) from receipt
                where cast(year as text) = $2 group by secretariat, year
            union all select owner, 0, max(last_number) from left_out
                where kind = 'receipt' and owner like '%-' || $2 group by owner) as known
        group by owner";
}

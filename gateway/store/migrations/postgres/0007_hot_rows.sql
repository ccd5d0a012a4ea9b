-- The writer points only at rows that it read or wrote in the same transaction. Each constraint looked them up again,
-- a query for each row and column; the audit looks instead. On SQLite the writer's connection leaves them out.

alter table declaration_version drop constraint declaration_version_declaration_id_fkey;
alter table approval drop constraint approval_declaration_id_fkey;
alter table approval drop constraint approval_account_id_fkey;
alter table transfer drop constraint transfer_debit_account_fkey;
alter table transfer drop constraint transfer_credit_account_fkey;
alter table transfer drop constraint transfer_declaration_id_fkey;

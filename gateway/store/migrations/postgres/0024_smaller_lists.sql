-- Lists in fewer bytes: nothing is kept twice. Tables lie in no key's order here.

-- The rows of a declaration are found by its declarant, which never changes, and by the exporter that this row names.
drop index declaration_summary_declaration;
-- A search looks into reference, code and registration number themselves.
alter table declaration_summary drop column sought;

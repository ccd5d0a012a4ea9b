-- Servers keep what the register says of a declaration's parties; this counter tells them when it changed.

insert into change_counter (name, version) values ('parties', 1);

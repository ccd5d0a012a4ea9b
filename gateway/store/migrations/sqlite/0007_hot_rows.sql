-- On PostgreSQL constraints are left out that the writer's own connection leaves out here. Nothing to change.

select 1;

-- What one level says has to be the sum of the level below it, once the figures have settled. `dbt run-operation
-- reconcile` prints the rows; docs/dbt.md tells where levels must differ, which the model explains and this test passes.
select *
from {{ ref('reconciliation') }}
where explanation = 'DOES_NOT_ADD_UP'

-- The newest set of each bucket. A segment that X no longer reports stays behind in the table: all that X does report of
-- a bucket came in one extraction, so whatever is older is gone. Rows of BATCH files have no times; where no row of a
-- bucket has one, all are kept.
with aged as (
    select
        *,
        max(known_at) over (
            partition by source_table, account_id, entity_id, placement, start_time, coalesce(country, ''), coalesce(platform, '')
        ) as newest_at
    from {{ ref('int_x_ads__segment_rows') }}
)

select *
from aged
where known_at = newest_at or newest_at is null

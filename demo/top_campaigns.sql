-- Each account's five campaigns with the highest spend, in its currency: amounts are integers in millionths of it.
WITH campaign_totals AS (
    SELECT
        account_id,
        entity_id,
        sum(billed_charge_local_micro) AS spend_micro,
        sum(impressions) AS impressions,
        sum(clicks) AS clicks
    FROM campaign_stats
    GROUP BY account_id, entity_id
),

ranked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY account_id ORDER BY spend_micro DESC, entity_id) AS place
    FROM campaign_totals
    WHERE spend_micro > 0
)

SELECT
    a.name AS account,
    c.name AS campaign,
    c.currency,
    round(r.spend_micro / 1e6, 2) AS spend,
    r.impressions,
    r.clicks,
    round(100.0 * r.clicks / nullif(r.impressions, 0), 2) AS ctr_percent
FROM ranked AS r
INNER JOIN campaigns AS c ON c.account_id = r.account_id AND c.id = r.entity_id
INNER JOIN accounts AS a ON a.id = r.account_id
WHERE r.place <= 5
ORDER BY account, spend DESC

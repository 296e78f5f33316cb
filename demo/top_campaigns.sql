-- Each account's five campaigns with the highest spend, in its currency: amounts are integers in millionths of it.
SELECT
    a.name AS account,
    c.name AS campaign,
    c.currency,
    round(sum(s.billed_charge_local_micro) / 1e6, 2) AS spend,
    sum(s.impressions) AS impressions,
    sum(s.clicks) AS clicks,
    round(100.0 * sum(s.clicks) / nullif(sum(s.impressions), 0), 2) AS ctr_percent
FROM campaign_stats AS s
INNER JOIN campaigns AS c ON c.account_id = s.account_id AND c.id = s.entity_id
INNER JOIN accounts AS a ON a.id = s.account_id
GROUP BY a.id, a.name, c.id, c.name, c.currency
HAVING sum(s.billed_charge_local_micro) > 0
QUALIFY row_number() OVER (PARTITION BY a.id ORDER BY spend DESC, c.id) <= 5
ORDER BY account, spend DESC

-- A card's pages come first: a click on the card leads there, whatever the text says.
with found as (
    select ads.account_id, ads.ad_kind, ads.ad_id, 'CARD' as link_source, 0 as rank, links.place, links.url
    from {{ ref('int_x_ads__ad_objects') }} as ads
    inner join {{ ref('int_x_ads__card_links') }} as links
        on links.account_id = ads.account_id and links.card_uri = ads.card_uri
    union all
    select ads.account_id, ads.ad_kind, ads.ad_id, 'POST', 1, links.place, links.url
    from {{ ref('int_x_ads__ad_objects') }} as ads
    inner join {{ ref('int_x_ads__post_links') }} as links
        on links.account_id = ads.account_id and links.tweet_id = ads.tweet_id
    union all
    select account_id, ad_kind, ad_id, 'CREATIVE', 2, 1, landing_url
    from {{ ref('int_x_ads__ad_objects') }}
    where landing_url is not null
)

select
    account_id,
    ad_kind,
    ad_id,
    cast(row_number() over (partition by account_id, ad_kind, ad_id order by rank, place) as bigint) as place,
    link_source,
    url,
    {{ x_ads.link_parts('url') }}
from found

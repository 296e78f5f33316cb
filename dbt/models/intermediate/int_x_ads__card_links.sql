-- Landing pages of cards: of one destination, of carousels with one per slide, and of cards of older kinds.
with found as (
    select account_id, card_uri, 0 as kind, position, value as url
    from ({{ x_ads.json_strings(ref('stg_x_ads__cards'), ['account_id', 'card_uri'], 'components', '$[*].destination.url') }}) as single_destination
    union all
    select account_id, card_uri, 1, position, value
    from ({{ x_ads.json_strings(ref('stg_x_ads__cards'), ['account_id', 'card_uri'], 'slides', '$[*][*].destination.url') }}) as slides
    union all
    select account_id, card_uri, 2, 0, coalesce(website_dest_url, website_url)
    from {{ ref('stg_x_ads__cards') }}
    union all
    select account_id, card_uri, 3, 0, coalesce(website_dest_url, website_url)
    from {{ ref('stg_x_ads__cards_fetch') }}
)

select
    account_id,
    card_uri,
    url,
    cast(row_number() over (partition by account_id, card_uri order by min(kind), min(position)) as bigint) as place
from found
where url is not null
group by account_id, card_uri, url

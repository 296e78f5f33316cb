-- The three kinds of ad in one shape: posts, accounts and media.
with cards as (
    select account_id, card_uri, name, title, card_type, 0 as kind from {{ ref('stg_x_ads__cards') }}
    union all
    select account_id, card_uri, name, title, card_type, 1 from {{ ref('stg_x_ads__cards_fetch') }}
),

-- A card can be in both streams.
first_cards as (
    select * from (
        select *, row_number() over (partition by account_id, card_uri order by kind) as place from cards
    ) as numbered
    where place = 1
),

ads as (
    select
        promoted.account_id, 'POST' as ad_kind, promoted.id as ad_id, promoted.line_item_id, promoted.tweet_id,
        coalesce(tweets.name, cards.name) as given_name, coalesce(tweets.full_text, tweets.text) as ad_text,
        coalesce(cards.card_type, 'POST') as creative_type, tweets.card_uri, cards.name as card_name,
        cards.title as card_title, cast(null as text) as media_url, cast(null as text) as landing_url,
        promoted.entity_status, promoted.approval_status, coalesce(promoted.deleted, false) as is_deleted
    from {{ ref('stg_x_ads__promoted_tweets') }} as promoted
    left join {{ ref('stg_x_ads__tweets') }} as tweets
        on tweets.account_id = promoted.account_id and tweets.tweet_id = promoted.tweet_id
    left join first_cards as cards on cards.account_id = tweets.account_id and cards.card_uri = tweets.card_uri
    union all
    select
        account_id, 'ACCOUNT', id, line_item_id, null, null, null, 'PROMOTED_ACCOUNT', null, null, null, null, null,
        entity_status, approval_status, coalesce(deleted, false)
    from {{ ref('stg_x_ads__promoted_accounts') }}
    union all
    select
        creatives.account_id, 'MEDIA', creatives.id, creatives.line_item_id, null, null, null, creatives.creative_type,
        null, null, null, media.media_url, creatives.landing_url, creatives.entity_status, creatives.approval_status,
        coalesce(creatives.deleted, false)
    from {{ ref('stg_x_ads__media_creatives') }} as creatives
    left join {{ ref('stg_x_ads__account_media') }} as media
        on media.account_id = creatives.account_id and media.id = creatives.account_media_id
)

select * from ads

{{ config(enabled=are_synced(['metrics_breakdown'])) }}

{{ use_by('language', 'language_feature', has_interactions=false) }}

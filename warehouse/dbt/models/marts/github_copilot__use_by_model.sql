{{ config(enabled=are_synced(['metrics_breakdown'])) }}

{{ use_by('model', 'model_feature') }}

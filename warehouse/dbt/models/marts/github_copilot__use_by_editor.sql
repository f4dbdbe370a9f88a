{{ config(enabled=are_synced(['metrics_breakdown'])) }}

{{ use_by('ide', 'ide', name='editor') }}

{{ config(enabled=are_synced(['copilot_settings'])) }}

{{ current_rows('copilot_settings', [
    'lower(loaded.plan_type) as plan_type', 'seat_management_setting', 'public_code_suggestions', 'ide_chat',
    'platform_chat', 'cli', 'seats_total', 'seats_added_this_cycle', 'seats_pending_cancellation',
    'seats_pending_invitation', 'seats_active_this_cycle', 'seats_inactive_this_cycle',
]) }}

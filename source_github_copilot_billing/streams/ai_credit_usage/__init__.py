"""Stream `ai_credit_usage`: who used how many AI credits of which model on a day."""

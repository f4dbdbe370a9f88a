"""From rows to answers: loading with PyAirbyte, the dbt models on what was loaded, and the demo."""

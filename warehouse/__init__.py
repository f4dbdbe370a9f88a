"""From rows to answers: loading with PyAirbyte, the dbt models on what was loaded, the page, and the demo."""

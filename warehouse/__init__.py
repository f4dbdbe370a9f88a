"""From rows to answers: loading with PyAirbyte, the SQL on what was loaded, and the demo."""

"""From rows to answers: loading, the dbt models on what was loaded, the page, and the demo."""

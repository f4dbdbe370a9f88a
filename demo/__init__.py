"""`make demo`: the whole way from a local GitHub into DuckDB, with every sum checked."""

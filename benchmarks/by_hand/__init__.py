"""The same question answered by hand, once in DuckDB and once in Polars: what the scope bench compares ours with."""

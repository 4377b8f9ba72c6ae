"""What a run leaves behind: XPT, Parquet, and the package around them."""

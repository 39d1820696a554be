"""What a prompt says of turns that no longer fit it: quotations and summaries."""

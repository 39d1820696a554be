"""An HTTP client that obeys robots.txt, crawl delays and Retry-After, one request at a time."""

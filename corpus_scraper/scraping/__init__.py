"""Scrape sites: the frontier of requests, the cache of pages, and the assembly of story graphs."""

"""Provides the scrape: what is to be fetched, what was, and how pages become stories.

Knows nothing of any one site (`sites/`), nor of how a page is fetched (`web/`).
"""

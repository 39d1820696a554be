"""Provides the polite client: addresses that may be asked, robots.txt, pace, one page at a time.

Knows nothing of stories.
"""

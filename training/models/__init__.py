"""Load any model that can be trained, and save the trained one as a folder."""

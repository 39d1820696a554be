"""Stories made with Twine, as published pages and as Twee, in each of its story formats."""

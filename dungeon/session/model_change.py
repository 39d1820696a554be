"""What a change to another model takes first: which download, and what to say before it begins."""

from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.models.catalog import CatalogEntry
from dungeon.models.resolver import CatalogModel, preparation_state, resolve


def download_needed(reference: str, home: Home) -> CatalogEntry | None:
    """Return the catalog's model that has to be downloaded for `reference`, if there is one."""
    try:
        model = resolve(reference)
    except InputRefused:
        return None  # loading it says why
    if not isinstance(model, CatalogModel):
        return None
    is_missing = preparation_state(model.entry, home.models) == "not pulled"
    return model.entry if is_missing else None

"""The start of a remix: what the prompt bar takes over from a shared result."""

from gateway.media.jobs.recipes import Recipe

REMIX_FIELD = "remix"  # of an address: the link of the share, without its path


def to_address_fields(recipe: Recipe) -> dict[str, str]:
    """Return a recipe as the fields of an address of the prompt bar; never with files or seed."""
    # A check box that is not in the address is empty.
    settings = {
        name: "on" if value is True else str(value)
        for name, value in recipe.settings.items()
        if value is not False
    }
    return settings | {"task": recipe.task, "prompt": recipe.prompt, "relation": "remix"}

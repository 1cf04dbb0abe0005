"""Our entry, put into one that a host has already."""

from killatamata.cli.hosts.catalogue import Host, Launch
from killatamata.wire import JsonObject


def merge_entries(host: Host, fresh: JsonObject, earlier: JsonObject) -> JsonObject:
    """Return an earlier entry that connects as the fresh one does.

    What people and hosts have added to it stays, such as a timeout or a trust. What belongs to the
    other transport goes. What is the same by both transports is a default, which they may change.
    """
    sample = host.render_command(Launch("command", ["word"], {"name": "value"}))
    other = host.render_url("url") if host.render_url else {}
    is_command = bool(fresh.keys() & (sample.keys() - other.keys()))
    obsolete = (other.keys() - sample.keys()) if is_command else (sample.keys() - other.keys())
    merged = {key: value for key, value in earlier.items() if key not in obsolete}
    for key, value in fresh.items():
        kept = earlier.get(key)
        if isinstance(value, dict) and isinstance(kept, dict):
            merged[key] = {**kept, **value}
        elif key not in earlier or not (key in other and other[key] == sample.get(key)):
            merged[key] = value
    return merged

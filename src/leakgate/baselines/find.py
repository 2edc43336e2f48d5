"""The baseline to compare with: from the store, else from what stands in for it."""

from leakgate.baselines.model import Ancestors, Base, Missing, Store, Wanted


def find(store: Store, wanted: Wanted, ancestors: Ancestors, fallback: Store | None = None) -> Base | Missing:
    """What the store has for the wanted commit; where it has nothing, what the fallback has.

    Another fingerprint is no reason for the fallback: that the environment changed is to be seen, not hidden.

    Args:
        store: Where baselines are kept.
        wanted: The commit that the head should be compared with.
        ancestors: It and the commits before it, nearest first.
        fallback: Asked where the store has none.

    Raises:
        InputError: There is one, and it is damaged.
        ServiceError: The store cannot be read.
    """
    found = store.find(wanted, ancestors)
    if isinstance(found, Base) or fallback is None:
        return found
    instead = fallback.find(wanted, ancestors)
    return Missing(f"{found.reason} {instead.reason}", wanted) if isinstance(instead, Missing) else instead

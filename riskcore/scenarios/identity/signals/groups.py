"""Groups of signals that see one fact from several sides, and how much each fact can say at most."""

from riskcore.core.signal import Group

GROUPS = (
    Group("device", "Unfamiliar device", cap=0.8),
    Group("impossible_travel_composite", "Place and travel", cap=0.85),
    Group("network", "Network", cap=0.75),
    Group("session", "Session that changed hands", cap=0.85),
    Group("guessing", "Failed attempts", cap=0.85),
    Group("habit", "Habits", cap=0.75),
    Group("crowd", "Many accounts at once", cap=0.9),
    Group("challenge", "Second factor", cap=0.85),
    Group("new_account", "New account", cap=0.85),
    Group("credential", "New credentials", cap=0.75),
    Group("recovery", "Recovery", cap=0.8),
)

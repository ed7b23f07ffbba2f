"""A mix is the share of each category in an account's purchases, in percent."""

from .model import CONSUMABLES, CONVEYING, ROBOTS, SENSORS, SERVICE, SOFTWARE, Mix

BROAD: Mix = ((CONVEYING, 34), (ROBOTS, 28), (SENSORS, 16), (SERVICE, 12), (CONSUMABLES, 10))
LIGHT: Mix = ((SENSORS, 40), (SERVICE, 20), (CONSUMABLES, 40))
FULL: Mix = (
    (CONVEYING, 30),
    (ROBOTS, 22),
    (SENSORS, 16),
    (SOFTWARE, 14),
    (SERVICE, 12),
    (CONSUMABLES, 6),
)

MIXES: dict[str, tuple[Mix, ...]] = {
    "large": (
        ((CONVEYING, 36), (ROBOTS, 26), (SENSORS, 14), (SERVICE, 12), (CONSUMABLES, 12)),
        (
            (CONVEYING, 30),
            (ROBOTS, 24),
            (SENSORS, 16),
            (SOFTWARE, 10),
            (SERVICE, 12),
            (CONSUMABLES, 8),
        ),
        ((ROBOTS, 48), (SENSORS, 20), (SERVICE, 18), (CONSUMABLES, 14)),
    ),
    "middle": (
        ((CONVEYING, 52), (SENSORS, 20), (SERVICE, 16), (CONSUMABLES, 12)),
        ((ROBOTS, 50), (SENSORS, 18), (SERVICE, 20), (CONSUMABLES, 12)),
        ((CONVEYING, 40), (SOFTWARE, 18), (SENSORS, 22), (CONSUMABLES, 20)),
        ((CONVEYING, 44), (ROBOTS, 34), (CONSUMABLES, 22)),
        ((SENSORS, 46), (SERVICE, 30), (CONSUMABLES, 24)),
    ),
    "small": (
        ((SENSORS, 45), (CONSUMABLES, 55)),
        ((SENSORS, 40), (SERVICE, 30), (CONSUMABLES, 30)),
        ((CONVEYING, 55), (CONSUMABLES, 45)),
    ),
}
CAR_MIXES: tuple[Mix, ...] = (
    ((CONVEYING, 50), (SENSORS, 28), (SERVICE, 22)),
    ((SENSORS, 44), (SERVICE, 32), (CONSUMABLES, 24)),
    ((CONVEYING, 46), (SENSORS, 30), (SERVICE, 24)),
    ((CONVEYING, 38), (ROBOTS, 26), (SENSORS, 20), (SERVICE, 16)),
    ((CONVEYING, 62), (SENSORS, 38)),
    ((CONVEYING, 70), (SERVICE, 30)),
)

"""Invented households for the tests of the pre-check: whole ones, and what is left of them when people do
not know or say only roughly.
"""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

BENEFITS = ("gmi-benefit", "needy-status", "low-income-status", "housing-benefit", "emergency-benefit")
FIRST_DAY = date(2021, 1, 1)
LAST_DAY = date(2026, 12, 31)
EDGES = [
    "2021-06-30",
    "2021-07-01",
    "2021-12-31",
    "2022-01-01",
    "2022-03-01",
    "2022-08-31",
    "2022-09-01",
    "2023-04-30",
    "2023-05-01",
    "2023-05-31",
    "2023-06-01",
    "2023-06-30",
    "2023-07-01",
    "2024-01-01",
    "2025-01-01",
    "2026-01-01",
    "2026-04-30",
    "2026-05-01",
]


def draw_day(draw: random.Random) -> date:
    """A day of the six years, often one on which a value begins or ends."""
    if draw.random() < 0.3:
        return date.fromisoformat(draw.choice(EDGES))
    return FIRST_DAY + timedelta(days=draw.randrange((LAST_DAY - FIRST_DAY).days + 1))


def draw_household(draw: random.Random, on: date) -> dict[str, Any]:
    """A whole household as the `precheck` door takes it, with more at the edges of the thresholds than real
    life has.
    """
    adults, children = draw.choice([1, 1, 1, 1, 2, 2, 2, 3, 4]), draw.choice([0, 0, 0, 0, 1, 1, 2, 3])
    protected = draw.random() < 0.05
    facts: dict[str, Any] = {
        "adults": adults,
        "children": children,
        "income": _draw_income(draw, adults + children),
        "housing_costs": draw.choice([0, 45, 80, 120, 150.5, 210, 300, 420, 600]),
        "all_pension_age_or_disabled": draw.random() < 0.45,
        "lives_alone": adults + children == 1,
        "crisis_event": draw.random() < 0.1,
        "ukraine_protection": protected,
        "declared_here": True,
        "savings": 0,
    }
    if protected:
        facts["first_applied_on"] = (on - timedelta(days=draw.randrange(400))).isoformat()
    return facts


def blur(draw: random.Random, facts: Mapping[str, Any], share: float = 0.3) -> dict[str, Any]:
    """What is told of a household: some of it unknown, some numbers only as a range that holds the truth."""
    told: dict[str, Any] = {}
    for name, value in facts.items():
        if draw.random() < share:
            continue
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        told[name] = _around(draw, name, float(value)) if is_number and draw.random() < share else value
    return told


def _around(draw: random.Random, name: str, value: float) -> list[float]:
    if name in ("adults", "children"):
        return [
            max(1 if name == "adults" else 0, int(value) - draw.randrange(2)),
            int(value) + draw.randrange(3),
        ]
    return [max(0, value - draw.randrange(200)), value + draw.randrange(200)]


def _draw_income(draw: random.Random, members: int) -> float:
    levels = [
        (109, 76),
        (272, 190),
        (436, 305),
        (137, 96),
        (343, 240),
        (166, 116),
        (377, 264),
        (187, 131),
        (425, 298),
        (680, 476),
    ]
    if draw.random() < 0.4:
        first, other = draw.choice(levels)
        edge = Decimal(first + other * (members - 1)) + draw.choice([Decimal("-0.01"), Decimal(0), Decimal("0.01")])
        return float(edge)
    return draw.choice(
        [
            0.0,
            float(draw.randrange(0, 400)),
            float(draw.randrange(200, 1200)),
            float(draw.randrange(600, 3000)),
        ]
    )

"""The sample company is a pure function of its seed: the same tables on every machine."""

from .accounts import account_rows, contacts, team_rows
from .activities import activities, activity_rows
from .catalog import product_rows, products
from .costs import direct_cost_rows, driver_rows, monthly_sales, pool_rows
from .deals import deals, opportunity_rows, stage_rows
from .goals import target_rows, wallet_rows
from .market import market_rows
from .model import World
from .orders import order_rows
from .ordinary import ordinary
from .people import people_rows
from .signals import engagement_rows, relationship_rows
from .story_contact import CONTACT_STORIES
from .story_money import MONEY_STORIES
from .tables import COLUMNS, Tables

__all__ = ["COLUMNS", "Tables", "build"]


def build() -> Tables:
    """All canonical tables by name, in the order of their columns' definition."""
    stories = sorted((*MONEY_STORIES, *CONTACT_STORIES), key=lambda profile: profile.id)
    profiles = (*stories, *ordinary())
    items = products()
    world = World(profiles, contacts(profiles), items, deals(profiles, items))
    lines = order_rows(profiles, items)
    sales = monthly_sales(lines)
    people_of = world.contacts
    return {
        "accounts": account_rows(profiles),
        "people": people_rows(),
        "account_team": team_rows(profiles),
        "contacts": [person.row for profile in profiles for person in people_of[profile.id]],
        "products": product_rows(items),
        "opportunities": opportunity_rows(world.deals),
        "stage_history": stage_rows(world.deals),
        "order_lines": lines,
        "activities": activity_rows(activities(world)),
        "direct_costs": direct_cost_rows(profiles, sales),
        "cost_pools": pool_rows(),
        "account_drivers": driver_rows(profiles, sales),
        "targets": target_rows(profiles, sales, world.deals),
        "wallets": wallet_rows(profiles, items, lines),
        "engagements": engagement_rows(world),
        "relationships": relationship_rows(world),
        "market_facts": market_rows(),
    }

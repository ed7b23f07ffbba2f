"""The routes: each translates a request into one call of the house, and what it gives into JSON."""

from api.http.routes import (
    accounts,
    admin,
    conversation,
    imports,
    knowledge,
    me,
    plan_files,
    plan_life,
    plans,
    portfolio,
    tools,
)

routers = (
    conversation.router,
    accounts.router,
    tools.router,
    portfolio.router,
    plan_files.router,
    plans.router,
    plan_life.router,
    knowledge.router,
    imports.router,
    me.router,
    admin.router,
)
"""All of them; a fixed path comes before one with a name in its place."""

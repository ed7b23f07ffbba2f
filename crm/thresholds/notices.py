"""When people hear from us unless they have chosen otherwise, and the night when nobody does."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from crm.thresholds.group import Group

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"
DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
Clock = Annotated[str, Field(pattern=f"^{TIME}$")]


class Notices(Group):
    """Digests, reminders and briefings that are sent without being asked for, in local time."""

    enabled: bool = Field(
        default=True, description="Whether anything is sent without being asked for."
    )
    digest: str = Field(
        default="monday 08:30",
        pattern=f"^(off|({DAYS}) {TIME})$",
        description="Day and time of the weekly digest, or `off`.",
    )
    reminders: str = Field(
        default="08:45",
        pattern=f"^(off|{TIME})$",
        description="Time at which people are reminded of what is due in plans, or `off`.",
    )
    briefing_minutes: int = Field(
        default=30,
        ge=0,
        le=240,
        description="Minutes before a meeting at which its account's briefing is sent; 0: none.",
    )
    morning: Clock = Field(
        default="08:30",
        description="Time of the briefing for a meeting of which only the day is known.",
    )
    quiet_days: list[Day] = Field(
        default=["saturday", "sunday"], description="Days on which nothing is sent."
    )
    night_from: Clock = Field(
        default="20:00", description="Time in the evening from which nothing is sent."
    )
    night_to: Clock = Field(
        default="07:00", description="Time in the morning until which nothing is sent."
    )
    calendars: str = Field(
        default="calendars",
        description="Folder of the calendar files (.ics), named by person id or e-mail address; "
        "within the workspace, or a path of its own.",
    )
    calendar_mib: int = Field(
        default=5, ge=1, le=50, description="Size of a calendar file at the most."
    )
    public_domains: list[str] = Field(
        default=[
            "gmail.com", "googlemail.com", "outlook.com", "outlook.jp", "hotmail.com",
            "hotmail.co.jp", "live.jp", "yahoo.com", "yahoo.co.jp", "icloud.com", "me.com",
            "docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp",
        ],
        description="Domains of e-mail addresses that say nothing of the company.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _a_day_between_nights(self) -> Self:
        if not self.night_to < self.night_from:
            raise ValueError("night_to has to be earlier in the day than night_from")
        return self

    @property
    def day_from(self) -> time:
        """When the night ends."""
        return time.fromisoformat(self.night_to)

    @property
    def day_to(self) -> time:
        """When the night begins."""
        return time.fromisoformat(self.night_from)

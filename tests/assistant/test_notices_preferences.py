"""What people choose is kept whole, and what cannot be is said in a sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest
import sqlalchemy as sa

from assistant.notices.preferences import Preferences, Weekly
from crm.directory import OPERATOR, Principal
from crm.errors import InputError, NotAllowedError
from crm.settings import Settings
from crm.thresholds import Notices

MISAKI = Principal("U07", "高瀬 美咲", frozenset({"rep"}))


@pytest.fixture
def kept(engine: sa.Engine) -> Preferences:
    return Preferences(engine, Settings())


def test_without_a_choice_what_is_usual_holds(kept: Preferences) -> None:
    one = kept.of("U07")
    assert (one.language, str(one.zone)) == ("ja", "Asia/Tokyo")
    assert one.digest == Weekly(0, time(8, 30))
    assert (one.reminders, one.briefing_minutes) == (time(8, 45), 30)
    assert one.quiet_days == {5, 6}


def test_choices_are_kept_and_can_be_taken_back(kept: Preferences) -> None:
    kept.change(MISAKI, {"digest": "Friday  17:00", "briefing": "off", "quiet": "sunday"})
    one = kept.of("U07")
    assert (one.digest, one.briefing_minutes) == (Weekly(4, time(17)), None)
    assert one.quiet_days == {6}
    assert kept.of("U08").digest == Weekly(0, time(8, 30))
    assert kept.change(MISAKI, {"digest": None, "quiet": "none"}).digest == Weekly(0, time(8, 30))
    assert kept.of("U07").quiet_days == frozenset()


def test_what_a_door_has_heard_gives_way_to_a_choice(kept: Preferences) -> None:
    kept.heard("U07", language="en-GB", time_zone="Europe/London")
    assert (kept.of("U07").language, str(kept.of("U07").zone)) == ("en", "Europe/London")
    kept.change(MISAKI, {"time_zone": "America/New_York"})
    kept.heard("U07", language="fr-FR", time_zone="Mars/Crater")
    assert (kept.of("U07").language, str(kept.of("U07").zone)) == ("en", "America/New_York")


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"digest": "monday"}, "`digest` cannot be `monday`"),
        ({"digest": "someday 08:30"}, "`digest` cannot be"),
        ({"digest": "monday 24:00"}, "`digest` cannot be"),
        ({"digest": "monday 21:00"}, "`digest` at 21:00 is in the night"),
        ({"reminders": "06:59"}, "`reminders` at 06:59 is in the night"),
        ({"digest": "sunday 09:00"}, "`digest` on sunday is on a quiet day"),
        ({"quiet": "monday"}, "`digest` on monday is on a quiet day"),
        ({"quiet": "monday,someday"}, "`quiet` cannot be"),
        ({"briefing": "0"}, "`briefing` cannot be"),
        ({"briefing": "９０"}, "`briefing` cannot be"),
        ({"briefing": "241"}, "`briefing` cannot be"),
        ({"language": "fr"}, "`language` cannot be"),
        ({"time_zone": "../etc/passwd"}, "`time_zone` cannot be"),
        ({"owner": "U08"}, "There is no preference `owner`"),
        ({"language": "x" * 10_000}, "`language` cannot be"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_and_nothing_of_it_kept(
    kept: Preferences, choice: dict[str, str], said: str
) -> None:
    with pytest.raises(InputError, match=said) as refused:
        kept.change(MISAKI, {"reminders": "10:00"} | choice)
    assert len(str(refused.value)) < 250
    assert kept.of("U07").reminders == time(8, 45)


def test_nobody_chooses_without_the_right(kept: Preferences) -> None:
    with pytest.raises(NotAllowedError):
        kept.change(replace(MISAKI, read_only=True), {"digest": "off"})
    with pytest.raises(InputError):
        kept.change(OPERATOR, {"digest": "off"})


def test_a_setting_that_makes_no_day_is_refused() -> None:
    with pytest.raises(ValueError, match="earlier in the day"):
        Notices(night_from="07:00", night_to="20:00")

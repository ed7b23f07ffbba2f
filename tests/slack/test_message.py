"""Slack's own markup in a question becomes the words that the person saw."""

from __future__ import annotations

import pytest

from api.slack.message import words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<@U0BOT> 東都電機 &amp; A&lt;B", "東都電機 & A<B"),
        ("hey <@U0BOT>, <@U1|saeki> and <@U2>", "hey  , @saeki and"),
        ("<#C1|sales> <!here> <!subteam^S1|@team>", "#sales  @team"),
        ("<https://a.example/x|A社> <https://a.example>", "A社 https://a.example"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("&lt;@U0BOT&gt;", "<@U0BOT>"),
    ],
)
def test_markup_becomes_words(text: str, words: str) -> None:
    assert words_of(text, "U0BOT") == words

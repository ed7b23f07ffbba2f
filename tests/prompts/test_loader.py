"""A missing prompt or an undefined name is an error, never an empty string."""

from __future__ import annotations

import jinja2
import pytest

from prompts import loader


def test_a_missing_file_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        loader.text("system/nothing.md")


def test_a_missing_template_is_an_error() -> None:
    with pytest.raises(jinja2.TemplateNotFound):
        loader.templates().get_template("answers/nothing.ja.md.j2")


def test_an_undefined_name_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        loader.templates().from_string("{{ nothing }}").render()
    with pytest.raises(jinja2.UndefinedError):
        loader.templates().from_string("{% if nothing %}x{% endif %}").render()


def test_the_files_of_a_folder_are_listed_in_order() -> None:
    assert loader.names("system", ".md") == ["agent.md", "repair.md"]

"""What is said of each kind of note, in both languages."""

from __future__ import annotations

from crm.readers.loaded import Note
from crm.settings import Language

NOTES: dict[str, dict[Language, str]] = {
    "title": {
        "ja": "{file}: {place}行目「{value}」は表題とみなし、読み飛ばしました。",
        "en": "{file}: row {place} was passed over as a title: {value}",
    },
    "unit": {
        "ja": "{file}: {place}行目に単位の記載があります（{value}）。単位を確かめてください。",
        "en": "{file}: row {place} names a unit ({value}); check the unit of the amounts.",
    },
    "hidden_sheet": {
        "ja": "{file}: シート「{place}」は非表示です。",
        "en": "{file}: the sheet `{place}` is hidden.",
    },
    "other_sheets": {
        "ja": "{file}: シート「{place}」を読みました。ほかのシート: {value}",
        "en": "{file}: the sheet `{place}` was read; there are others: {value}",
    },
    "hidden_rows": {
        "ja": "{file}: 非表示の行も読みました（{value}行: {place}）。",
        "en": "{file}: hidden rows were read too ({value} of them: {place}).",
    },
    "hidden_columns": {
        "ja": "{file}: 非表示の列も読みました（{place}: {value}）。",
        "en": "{file}: hidden columns were read too ({place}: {value}).",
    },
    "merged_rows": {
        "ja": "{file}: 縦に結合されたセルの値は各行のものとしました（{value}か所、{place}など）。",
        "en": "{file}: what is merged over rows was read as the value of each of them "
        "({value} places, the first {place}).",
    },
    "total_row": {
        "ja": "{file}: {place}行目は集計行のようです（{value}）。",
        "en": "{file}: row {place} looks like a total ({value}).",
    },
    "currency": {
        "ja": "{file}: 列「{place}」は通貨記号付きで表示されています（{value}）。",
        "en": "{file}: the column `{place}` shows a sign of a currency ({value}).",
    },
    "from_1904": {
        "ja": "{file}: シート「{place}」の日付は1904年から数えられています。日付を表す数値には、"
        "日付の書式を付けてください（ないと4年前の日として読まれます）。",
        "en": "{file}: the days of the sheet `{place}` are counted from 1904; give numbers that "
        "mean days the format of a date, or they are read as days four years too early.",
    },
    "bytes_left_out": {
        "ja": "{file}: 列「{place}」はバイト列（画像など）のため読みませんでした。",
        "en": "{file}: the column `{place}` holds bytes (such as pictures) and was left out.",
    },
    "unread_rows": {
        "ja": "{file}: 読めない行があります（{value}行、最初は{place}行目）。",
        "en": "{file}: some rows cannot be read ({value} of them, the first row {place}).",
    },
}
"""What is said of each kind of note."""


def said(note: Note, language: Language) -> str:
    """A note as a sentence."""
    words = NOTES[note.code][language]
    return words.format(file=note.file, place=note.place, value=note.value)

"""A canary is a word that tells for whom it is; every text of a row of the company holds one.

Who may see which canary is worked out here from the CSV files alone, without any code of rights.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from crm.importer import import_folder
from tests.companies import SAMPLE

ROOT_OF_DOORS = Path(__file__).parent
VOCABULARY = {
    "industry", "channel", "country", "region", "territory", "team", "role", "stage", "period",
    "category", "driver", "pool", "item", "department", "forecast_category", "contract_status",
    "confidence", "function", "level", "corporate_number",
}  # fmt: skip
"""Columns of words that many rows share: they group rows, and tell of none."""
TEXTS: Mapping[str, tuple[str, ...]] = {
    "accounts": ("name", "name_kana", "aliases", "city"),
    "contacts": ("name", "title", "email", "phone"),
    "opportunities": ("name", "loss_reason", "competitor", "next_step"),
    "activities": ("subject", "body"),
    "wallets": ("competitor", "source"),
    "engagements": ("document",),
    "relationships": ("from_name", "note"),
    "market_facts": ("statement", "source"),
}
"""The columns that hold somebody's words, by table."""
AMOUNTS = {
    "accounts": "annual_revenue",
    "opportunities": "amount",
    "targets": "amount",
    "wallets": "spend",
}
"""Columns whose every amount is changed into one that no other row has."""
IDS = {"accounts": "account_id", "contacts": "contact_id", "opportunities": "opportunity_id"}
SEES_ALL = {"executive", "admin"}
PEOPLE = """\
U17,統括 一郎,tokatsu@inaho.example,U0SAMPLE17,manager,U01,営業本部,全社,9500
U18,無担当 花,mutanto@inaho.example,U0SAMPLE18,rep,U03,東日本営業部,関東,5600
U19,役割 なし,yakuwari@inaho.example,U0SAMPLE19,,U03,東日本営業部,関東,5600
U20,共有 読人,yomihito@inaho.example,U0SAMPLE20,rep,U05,広域・パートナー営業部,中部,5600
U21,部外 共有,bugai@inaho.example,U0SAMPLE21,other department,U01,法務部,全社,5600
U22,単独 課長,tandoku@inaho.example,U0SAMPLE22,manager,U04,西日本営業部,関西,7000
U23,部下 担当,buka@inaho.example,U0SAMPLE23,rep,U25,西日本営業部,関西,5600
U24,第二 管理,kanri2@inaho.example,U0SAMPLE24,admin,U01,情報システム,全社,5600
U25,係長 二郎,kakaricho@inaho.example,U0SAMPLE25,manager,U04,西日本営業部,関西,7000
"""
"""Nine more people: a manager of managers, people without accounts, with read shares only, without
a role, a manager without reports, a deeper line, and a second administrator."""
_WORD = re.compile(rb"qz([a-p]{4,8})", re.IGNORECASE)
_AMOUNT = re.compile(rb"(?<![0-9.])7[0-9]{9}(?![0-9])")
_ID = re.compile(rb"(?<![A-Za-z0-9_+/=.-])(?:A[0-9]{3}|[CD][0-9]{3,4})(?![A-Za-z0-9_+/=-])")
_ASKED = re.compile(rb"(?=(A[0-9]{3}|[CD][0-9]{3,4}))")


def canary(key: str) -> str:
    """The word that stands for an account, a person or whatever else has a key."""
    digest = hashlib.sha256(key.encode()).digest()[:4]
    return "Qz" + "".join(chr(97 + part) for byte in digest for part in (byte >> 4, byte & 15))


def account_key(account_id: str) -> str:
    return f"account:{account_id}"


def person_key(person_id: str) -> str:
    return f"person:{person_id}"


def thread_key(person_id: str) -> str:
    """Of what somebody has said in a conversation, which nobody else may read."""
    return f"thread:{person_id}"


def team_key(team: str) -> str:
    return f"team:{team}"


@dataclass(frozen=True)
class Company:
    """The company as its CSV files have it, and who of it may see what."""

    folder: Path

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / f"{name}.csv", dtype=str, keep_default_na=False)

    @cached_property
    def people(self) -> pd.DataFrame:
        return self.table("people").set_index("person_id", drop=False)

    @cached_property
    def keys(self) -> dict[str, str]:
        """Every key there is, by what its canary ends with."""
        return {canary(key)[2:]: key for key in self.every}

    @cached_property
    def every(self) -> set[str]:
        """The keys of all accounts, people and teams."""
        accounts = map(account_key, self.table("accounts")["account_id"])
        people = [key(p) for key in (person_key, thread_key) for p in self.people.index]
        return {*accounts, *people, *map(team_key, self.people["team"])}

    @cached_property
    def amounts(self) -> dict[bytes, str]:
        """Whose each of the amounts is that only one row has."""
        return {
            row[column].encode(): key
            for name, column in AMOUNTS.items()
            for row in self.table(name).to_dict("records")
            if row[column] and (key := _key_of(row))
        }

    @cached_property
    def owners(self) -> dict[str, str]:
        """The key of the account that each account, contact and deal belongs to, by its id."""
        found: dict[str, str] = {}
        for table, column in IDS.items():
            for row in self.table(table).to_dict("records"):
                of = row["account_id"] or ""
                found[row[column]] = account_key(of) if of else person_key(row["owner_id"])
        return found

    def members(self, person_id: str) -> set[str]:
        """A person, and for a manager everybody whose line of managers leads to them."""
        if self.people.loc[person_id, "role"] != "manager":
            return {person_id}
        chief = self.people["manager_id"].to_dict()
        found = set()
        for one in self.people.index:
            at, line = one, []
            while at and at not in line and at != person_id:
                line.append(at)
                at = chief.get(at, "")
            if at == person_id:
                found.add(one)
        return found

    def seen(self, person_id: str) -> set[str]:
        """The keys whose canaries a person may see."""
        if self.people.loc[person_id, "role"] in SEES_ALL:
            threads = {thread_key(p) for p in self.people.index if p != person_id}
            return self.every - threads
        accounts, members = self.table("accounts"), self.members(person_id)
        own = accounts[accounts["owner_id"].isin(members)]["account_id"]
        team = self.table("account_team")
        shared = team[team["person_id"].isin(members)]["account_id"]
        teams = self.people.loc[sorted(members), "team"]
        return {
            *map(account_key, own), *map(account_key, shared),
            *map(person_key, members), *map(team_key, teams), thread_key(person_id),
        }  # fmt: skip

    def found_in(self, content: bytes, asked: bytes = b"") -> dict[str, bytes]:
        """The keys that some bytes tell of, each with a place where they do.

        An id that was asked for may come back; a canary of somebody else never does.
        """
        found: dict[str, bytes] = {}
        for match in _WORD.finditer(content):
            begun = match[1].decode().lower()
            for ending, key in self.keys.items():
                if ending.startswith(begun) or begun.startswith(ending):
                    found.setdefault(key, around(content, match))
        echoed = ids_in(asked)
        for match in _ID.finditer(content):
            key_of = self.owners.get(match[0].decode())
            if key_of and match[0] not in echoed:
                found.setdefault(key_of, around(content, match))
        for match in _AMOUNT.finditer(content):
            if whose := self.amounts.get(match[0]):
                found.setdefault(whose, around(content, match))
        return found

    def foreign(self, person_id: str, content: bytes, asked: bytes = b"") -> dict[str, bytes]:
        """What some bytes tell a person that is none of theirs to know."""
        seen = self.seen_by[person_id]
        return {k: at for k, at in self.found_in(content, asked).items() if k not in seen}

    @cached_property
    def seen_by(self) -> dict[str, set[str]]:
        return {person: self.seen(person) for person in self.people.index}

    def mail(self, person_id: str) -> str:
        return str(self.people.loc[person_id, "email"])

    def accounts_of(self, person_id: str) -> list[str]:
        """The accounts that a person may see, in order."""
        keys = self.seen_by[person_id]
        return sorted(k.partition(":")[2] for k in keys if k.startswith("account:"))

    def others_of(self, person_id: str) -> list[str]:
        """The accounts that a person may not see, in order."""
        every = set(self.table("accounts")["account_id"])
        return sorted(every - set(self.accounts_of(person_id)))


def ids_in(asked: bytes) -> set[bytes]:
    """The ids that somebody has said, within whatever else."""
    return set(_ASKED.findall(asked))


def around(content: bytes, match: re.Match[bytes]) -> bytes:
    return content[max(match.start() - 60, 0) : match.end() + 20]


def write(folder: Path) -> Company:
    """The sample company as CSV files in which every row's words hold the row's canary."""
    data = folder / "data"
    data.mkdir(parents=True)
    tables = {
        path.stem: pd.read_csv(path, dtype=str, keep_default_na=False)
        for path in sorted((SAMPLE / "data").glob("*.csv"))
    }
    _add_people(tables)
    _add_deals_of_nobody(tables)
    for name, column in AMOUNTS.items():
        table = tables[name]
        table[column] = [
            _unlike(f"{name}:{n}") if old else old for n, old in enumerate(table[column])
        ]
    contacts = tables["contacts"].set_index("contact_id")["account_id"].to_dict()
    named = dict(zip(tables["accounts"]["name"], tables["accounts"]["account_id"], strict=True))
    named |= {a: a for a in tables["accounts"]["account_id"]}
    for name, table in tables.items():
        keys = list(_keys(name, table, contacts, named))
        if name == "market_facts":
            table["subject"] = [
                _planted(text, "name", key if named.get(text) != text else None)
                for text, key in zip(table["subject"], keys, strict=True)
            ]
        for column in TEXTS.get(name, ()):
            table[column] = [
                _planted(text, column, key) for text, key in zip(table[column], keys, strict=True)
            ]
        table.to_csv(data / f"{name}.csv", index=False)
    return Company(data)


def _keys(
    name: str, table: pd.DataFrame, contacts: Mapping[Any, Any], named: Mapping[str, str]
) -> Iterator[str | None]:
    """For whom each row of a table is; None for everybody."""
    for row in table.to_dict("records"):
        if name == "relationships":
            yield account_key(contacts[row["to_contact_id"]])
        elif name == "market_facts":
            account = named.get(row["subject"])
            yield account_key(account) if account else None
        else:
            yield _key_of(row)


def _key_of(row: Mapping[Any, Any]) -> str | None:
    """For whom a row is: for an account, else its owner, else a team; None for everybody."""
    if account := row.get("account_id"):
        return account_key(account)
    if owner := row.get("owner_id"):
        return person_key(owner)
    return team_key(row["team"]) if row.get("team") and "measure" in row else None


def _planted(text: str, column: str, key: str | None) -> str:
    if key is None:
        return text
    word = canary(key)
    if column == "aliases":
        return ";".join([*(f"{part} {word}" for part in text.split(";") if part), word])
    if column == "email":
        return f"{word}.{text}".lower() if text else f"{word}@customer.example".lower()
    return f"{text} {word}".strip()


def _unlike(row: str) -> str:
    """An amount that no mean or sum of others comes to by chance."""
    drawn = int.from_bytes(hashlib.sha256(row.encode()).digest()[:8], "big")
    return str(7_000_000_000 + drawn % 1_000_000_000)


def _add_people(tables: dict[str, pd.DataFrame]) -> None:
    people = tables["people"]
    rows = [line.split(",") for line in PEOPLE.splitlines()]
    people = pd.concat([people, pd.DataFrame(rows, columns=people.columns)], ignore_index=True)
    people.loc[people["person_id"].isin(["U03", "U04"]), "manager_id"] = "U17"
    tables["people"] = people
    accounts, team = tables["accounts"], tables["account_team"]
    moved = accounts[accounts["owner_id"] == "U10"]["account_id"][:4]
    accounts.loc[accounts["account_id"].isin(moved), "owner_id"] = "U23"
    team = team[~(team["account_id"].isin(moved) & (team["person_id"] == "U10"))]
    shares = [("A002", "U20"), ("A013", "U20"), ("A024", "U21")]
    more = [[account, person, "observer", "read"] for account, person in shares]
    more += [[account, "U23", "account manager", "write"] for account in moved]
    tables["account_team"] = pd.concat(
        [team, pd.DataFrame(more, columns=team.columns)], ignore_index=True
    )


def _add_deals_of_nobody(tables: dict[str, pd.DataFrame]) -> None:
    """Open deals that have an owner and no account yet, and a market fact of single accounts."""
    deals = tables["opportunities"]
    like = deals[deals["status"] == "open"].head(4).to_dict("records")
    owners = ["U06", "U13", "U23", "U11"]
    more = [
        {**row, "opportunity_id": f"D8{n:03d}", "account_id": "", "owner_id": owner}
        for n, (row, owner) in enumerate(zip(like, owners, strict=True))
    ]
    tables["opportunities"] = pd.concat([deals, pd.DataFrame(more)], ignore_index=True)
    facts = tables["market_facts"]
    named = tables["accounts"].set_index("account_id")["name"]
    about = [[named["A024"], "設備を更新する計画がある。", "新聞", "2026-08-01"],
             ["A010", "新工場を建てる計画がある。", "新聞", "2026-08-01"]]  # fmt: skip
    tables["market_facts"] = pd.concat(
        [facts, pd.DataFrame(about, columns=facts.columns)], ignore_index=True
    )


def imported(folder: Path) -> Path:
    """The company in that folder as a workspace, by the real importer."""
    workspace = folder / "workspace"
    import_folder(folder / "data", SAMPLE / "mapping.yaml", workspace)
    return workspace

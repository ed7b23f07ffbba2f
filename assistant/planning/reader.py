"""What a message asks of a plan: a yes or no, an answer, a choice, or a change in words.

Everything else about plans (drawing one up, showing it, its life) is an intent like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from assistant.builtin.dialogue import Before, place_said
from assistant.builtin.entities import Linked
from assistant.builtin.moves import Ask, Call, Move, Say
from assistant.builtin.reading import Reader
from assistant.builtin.words import plain_form
from assistant.planning.edits import looks_like_edit
from assistant.planning.memory import Memory
from assistant.planning.spoken import (
    corrected_words,
    is_enough,
    is_no,
    is_skip,
    is_undo,
    is_wait,
    is_yes,
    outcome_said,
    replies,
    review_said,
    speaks_of_plans,
)

_ASKS = re.compile(
    r"[?？]\s*$|(?:だっけ|でしたっけ|ましたっけ)[。\s]*$|教えて|見せて|出して|表示|一覧|知りたい|は[。\s]*$"
    r"|^\W*(?:show|what|which|who|whom|how|list|tell|give me|when|where|why|is|are|do|does|did)\b",
    re.IGNORECASE,
)
"""What a message looks like that asks something itself."""
_REQUESTS = re.compile(
    r"(?:^|[,:;]\s*)\W*(?:can|could|would|will|shall) (?:you|we|i|u)\b"
    r"|(?:もらえ|いただけ|頂け|くれ)(?:ます|ません)?か?[?？]?$"
    r"|できますか[?？]?$|お願いでき|(?:られる|直せる|できる|もらえる|くれる|いい)(?:かな)?[?？]$"
    r"|^\W*(?:is it possible|possible) to\b",
    re.IGNORECASE,
)
_NAME = r"[A-Z][\w&.-]*(?: (?:&|[A-Z])[\w&.-]*){0,4}"
_WHOSE = re.compile(
    r"^(?P<ja>[^\s、。のはをがに「」]{2,20}?)(?:様|さん)?の(?:アカウント)?プラン(?:の中)?"
    r"(?:についての|について|の|を|で|に|は|：|:)?[、,]?\s*"
    rf"|(?:(?<![A-Za-z])(?i:in|for|on|to|of|from) )?(?<![A-Za-z])(?:the |The )(?P<en>{_NAME})"
    r"(?:['’]s)? (?:account )?plan(?![a-z])(?! team)\s*[,:]?"
    rf"|(?<=the )(?P<en5>{_NAME})(?:['’]s)? (?:account )?plan (?=team)"
    rf"|(?:(?<![A-Za-z])(?i:in|for|on|to|of|from) )?(?P<en2>{_NAME})['’]s (?:account )?plan"
    r"(?![a-z])\s*[,:]?"
    rf"|(?:(?<![A-Za-z])(?i:in|on|to|of) )?(?<![a-z])(?:the )?plan (?:for|of) (?P<en3>{_NAME})"
    r"(?=[,:.]|\s|$)\s*[,:]?"
    rf"|^(?P<en4>{_NAME}) (?:account )?plan\s*[,:-]"
)
"""Of whose plan a message speaks, with the words around the name."""
_THIS = re.compile(
    r"^(?:(?:この|その|例の|今の)?(?:アカウント)?プラン(?:の中)?(?:の|を|で|に|は|、|：|:)[、,]?"
    r"|(?:in|for|on) (?:the|this|that|my|our) (?:account )?plan\s*[,:]?\s+"
    r"|plan\s*[:,]\s*)"
    r"|\s+(?:in|to|of|for) (?:the|this|that|my|our) (?:account )?plan(?=\s*[.!]?$)",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"^A社(?:様|さん)?(?:の|、|は)|^(?:Acme|Acme['’]s)\s*[:,]?\s+")
_ANY = re.compile(
    r"(?:この|その|あの|例|今|いま|私|僕|俺|自分|うち|当社|弊社|先ほど|さっき|前|次|来年度?|今年度?|\d+年度?|"
    r"FY\d+.*|下書き|承認済み|account|my|our|this|that|current|draft|approved)",
    re.IGNORECASE,
)
"""What stands before "plan" and names no account."""


_TAKES_OVER = re.compile(
    r"(?:プラン|計画書).{0,12}(?:取り?込|インポート|読み込)"
    r"|\b(?:import|take over|bring in)\b.{0,40}\bplans?\b",
    re.IGNORECASE,
)
"""How somebody asks to take over a plan written elsewhere."""
_CHOSEN = re.compile(
    r"^(?:the one (?:about|for|with|on)|the|that|about)\s+|\s+(?:one|please|pls)$"
    r"|(?:の?(?:ほう|方|やつ|件|もの))?(?:です|[でを](?:お願い(?:します)?)?)?$"
)
"""What is said around the words of the reading that is meant."""
_MOVES = re.compile(r"承認|提出|approve|submit", re.IGNORECASE)
"""A yes that is a wish of its own where nothing waits."""
_HANDS_ON = re.compile(
    r"(?:承認|レビュー|上長|部長|課長|マネージャー|さん|氏)(?:に|へ)?(?:も)?(?:回し|まわし|上げ|出し|提出し)"
    r"|承認(?:を)?(?:依頼|申請|お願い|もらって)"
    r"|\b(?:send|hand|pass|give) (?:it|this|that|the plan) (?:over )?(?:to .{1,30}? )?"
    r"for (?:approval|review)\b",
    re.IGNORECASE,
)
"""How somebody asks to hand a plan on for approval, without the word for it."""
_OF_A_PLAN = ("plan_status", "plan_goal")
"""The tools that are about a plan there is, as the acts are."""
_NEW = "plan_draft"


class PlanReader:
    """Reads a message in the light of what a thread remembers of plans.

    `acts` are the names of the acts, `planned` the accounts with a plan that the person may see.
    """

    def __init__(
        self,
        reader: Reader,
        acts: Collection[str],
        thread: Memory,
        planned: Callable[[], Collection[str]],
    ) -> None:
        self._reader, self._acts, self._thread = reader, acts, thread
        self._planned = planned

    def read(self, text: str, before: Before) -> list[Move]:
        """What a message asks for, of plans or of anything else."""
        moves = self._of_plans(text, before) or self._reader.read(text, before)
        return [self._narrowed(move) for move in moves]

    def _narrowed(self, move: Move) -> Move:
        """Of several accounts that a name may mean, a plan's is the one that has a plan."""
        if not isinstance(move, Ask) or move.call.tool == _NEW:
            return move
        if move.call.tool not in (*self._acts, *_OF_A_PLAN):
            return move
        having = self._planned() if move.choices else ()
        fit = [match for match in move.choices if match.account_id in having]
        return move.call.with_(account_id=fit[0].account_id) if len(fit) == 1 else move

    def _of_plans(self, text: str, before: Before) -> Sequence[Move]:
        """The act that a message asks for; nothing when it asks for something else."""
        if act := self._word(text) or self._chosen(text):
            return [act]
        if before.pending is not None and not speaks_of_plans(text):
            return []
        if _TAKES_OVER.search(text):
            return [Call("plan_import")]
        if act := self._taken_back(text):
            return [act]
        doubt = self._thread.doubt
        if doubt and not doubt.labels and not _ASKS.search(text) and not is_yes(text):
            return [Call("plan_edit", {"text": text})]
        if changed := self._change(text, before):
            return changed
        return [Call("plan_answer", {"text": text})] if self._answers(text) else []

    def _word(self, text: str) -> Call | None:
        """The person's word on what waits for it."""
        waits = self._thread.proposal is not None
        doubt = self._thread.doubt
        if doubt and len(doubt.labels) == 1 and is_yes(text):
            return Call("plan_choose", {"number": 1})
        if self._is_offered() and is_yes(text):
            return Call(_NEW, {"account_id": self._thread.account_id})
        if (waits or (doubt and doubt.labels)) and (is_yes(text) or is_wait(text)):
            return Call("plan_confirm")
        if (waits or self._thread.doubt) and (is_no(text) or is_undo(text)):
            return Call("plan_cancel")
        return None

    def _is_offered(self) -> bool:
        """Whether a plan was offered to be drawn up for an account that has none."""
        return self._thread.account_id is not None and self._thread.plan_id is None

    def _chosen(self, text: str) -> Call | None:
        doubt = self._thread.doubt
        if doubt is None or not doubt.labels:
            return None
        number = place_said(text)
        if number is None:
            plain = _CHOSEN.sub("", plain_form(text).strip(" 。.!！"))
            fits = [n for n, label in enumerate(doubt.labels, 1) if plain in plain_form(label)]
            number = fits[0] if len(fits) == 1 and len(plain) > 1 else None
        return Call("plan_choose", {"number": number}) if number else None

    def _taken_back(self, text: str) -> Call | None:
        """Undo, or a word on something that no longer waits."""
        if not self._thread.plan_id or self._thread.asked:
            return None
        if is_undo(text):
            return Call("plan_undo")
        if is_yes(text) and not _MOVES.search(text):
            return Call("plan_confirm")
        return Call("plan_cancel") if is_no(text) else None

    def _change(self, text: str, before: Before) -> list[Move]:
        """A change in words, of the plan spoken of or of the account named at its head or end."""
        if self._is_numbered(text):
            return []
        if self._thread.plan_id and _HANDS_ON.search(text) and not speaks_of_plans(text):
            return [Call("plan_move", {"to": "in_review"})]
        if _ASKS.search(text) and not _REQUESTS.search(text):
            return []
        if speaks_of_plans(text) and all(outcome_said(text)):
            return self._of(Call("plan_close", {"text": text}), None, before)
        if self._reader.asked_by_a_word(text) in self._acts and not review_said(text):
            return []
        named = _WHOSE.search(text)
        name = next((found for found in named.groups() if found), "") if named else ""
        if named is None or _ANY.fullmatch(name):
            link, words = self._at_head(text)
        else:
            link = self._account(name)
            if link is None:
                return [Say("no_account", name)]
            words = f"{text[: named.start()].rstrip()} {text[named.end() :].lstrip()}".strip()
        of_plan = self._thread.plan_id is not None or speaks_of_plans(text)
        if not of_plan:
            return []
        if review_said(words):
            return self._of(Call("plan_review", {"text": words}), link, before)
        if not looks_like_edit(words) and not self._corrects(text):
            return []
        return self._of(Call("plan_edit", {"text": words}), link, before)

    def _account(self, name: str) -> Linked | None:
        links = self._reader.parsed(name).links
        return links[0] if len(links) == 1 and links[0].accounts else None

    def _at_head(self, text: str) -> tuple[Linked | None, str]:
        """The account with whose name a message begins, if any, and what it says."""
        clause = self._reader.parsed(text)
        link = clause.links[0] if len(clause.links) == 1 and clause.has_account else None
        bare = _ACCOUNT.sub("", clause.masked, count=1) if link else text
        if bare == clause.masked or bare not in text:
            link, bare = None, text
        return link, _THIS.sub("", bare, count=1).strip() or text

    def _of(self, call: Call, link: Linked | None, before: Before) -> list[Move]:
        """The call about the account named, else about the one spoken of since the plan was."""
        if link is not None:
            return self._reader.with_account(call, link)
        spoken = [c.arguments.get("account_id") for c in before.calls]
        other = before.account if before.account in spoken else None
        if other and other != self._thread.account_id:
            return [call.with_(account_id=other)]
        return [call]

    def _answers(self, text: str) -> bool:
        """Whether a message answers the questions asked last."""
        if not self._thread.asked:
            return self._is_numbered(text)
        if self._is_numbered(text) or is_skip(text) or is_enough(text):
            return True
        if is_yes(text) or is_no(text):
            return False
        if self._thread.proposal is not None:
            return False  # what waits for a word comes first
        return not (_ASKS.search(text) or is_undo(text) or self._is_asked(text))

    def _is_asked(self, text: str) -> bool:
        """Whether a message asks for a tool about plans."""
        return (self._reader.asked_by_a_word(text) or "").startswith("plan_")

    def _corrects(self, text: str) -> bool:
        """Whether a message corrects what waits for the person's word: やっぱり5月で."""
        waits = self._thread.proposal is not None
        return waits and corrected_words(text) is not None and not _ASKS.search(text)

    def _is_numbered(self, text: str) -> bool:
        asked = self._thread.asked or self._thread.earlier
        return (
            bool(asked)
            and None not in replies(text, asked)
            and bool(re.search(r"[1-9１-９]", text))
        )

"""Plans by conversation: every act shows what it would do, and does it when the person says yes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any

from assistant.acts import Act, Acts, Page
from assistant.planning.arguments import (
    AnswerArguments,
    ChooseArguments,
    DraftArguments,
    EditArguments,
    MoveArguments,
    PlanArguments,
    SectionArguments,
    WordsArguments,
)
from assistant.planning.memory import Memory
from assistant.planning.pages import Pages
from assistant.planning.reader import PlanReader
from assistant.planning.talk.changing import Changing
from assistant.planning.talk.deciding import Deciding
from assistant.planning.talk.drawing import Drawing
from assistant.planning.talk.ground import ToldError, memory_of
from assistant.planning.talk.moving import Moving
from assistant.planning.talk.reading import Reading
from crm.errors import NotFoundError
from plans.asked import Answers
from plans.life import ClosedError, OutdatedError
from tools.facts import Text

if TYPE_CHECKING:
    from assistant.builtin.dialogue import Before
    from assistant.builtin.moves import Move
    from assistant.builtin.reading import Reader
    from assistant.deps import Turn
    from assistant.planning.desk import Planner


_BOUND = frozenset({"plan_confirm", "plan_cancel", "plan_choose"})
"""The acts that compare what a button was about with what waits."""


def plan_acts(planner: Planner, answers: Answers) -> Acts:
    """Every act of a conversation about plans, in the order they are listed."""
    parts = (planner, answers)
    drawing, changing, deciding = Drawing(*parts), Changing(*parts), Deciding(*parts)
    moving, reading = Moving(*parts), Reading(*parts)
    plan, words = PlanArguments, WordsArguments
    listed: tuple[tuple[str, Any, Callable[[Turn, Any], Page], str, str], ...] = (
        ("plan_draft", DraftArguments, drawing.draft,
         "取引先のアカウントプランの下書きを、データと資料から作成する",
         "Draw up an account plan from the data and documents, when the person asks for one"),
        ("plan_show", plan, reading.show,
         "アカウントプランの要点（目標、アクション、リスク、不足）を見せる",
         "Show the main points of an account plan: goals, actions, risks, gaps"),
        ("plan_questions", plan, drawing.questions,
         "プランに足りない点と、次の質問を出す",
         "Say what a plan lacks, and ask the next questions"),
        ("plan_edit", EditArguments, changing.edit,
         "プランの変更案（差分）を見せる。本人が「はい」と答えると保存される",
         "Show how a plan would change by the person's words; saved when they say yes"),
        ("plan_answer", AnswerArguments, changing.answer,
         "プランについての質問への答えを受け取り、変更案を見せる",
         "Take the person's answers to the questions about a plan, and show the change"),
        ("plan_choose", ChooseArguments, changing.choose,
         "候補のうち、番号で選ばれた変更案を見せる",
         "Show the change for the reading that the person chose by number"),
        ("plan_confirm", plan, deciding.confirm,
         "確認された変更を保存する（本人が「はい」と答えたときだけ）",
         "Save what was shown last; only when the person's message says yes"),
        ("plan_cancel", plan, deciding.cancel,
         "確認待ちの変更を取りやめる",
         "Drop what waits for confirmation"),
        ("plan_undo", plan, changing.undo,
         "プランの直前の変更を元に戻す案を見せる",
         "Show what taking back the last change of a plan would do"),
        ("plan_move", MoveArguments, moving.move,
         "プランの提出・承認・差し戻し・実行開始の確認をとる",
         "Ask the person to confirm submitting, approving, sending back or starting a plan"),
        ("plan_close", words, moving.close,
         "プランを、結果と学びを添えて終了する確認をとる",
         "Ask the person to confirm closing a plan with its outcome and lessons"),
        ("plan_review", words, moving.review,
         "プランのレビューの記録を、確認のうえ残す",
         "Record a review of a plan, once the person confirms it"),
        ("plan_write", SectionArguments, changing.write,
         "プランの欄に載せる文章の案を見せる（数字はデータで確かめられるものだけ）",
         "Show a statement for a section of a plan; its figures must be facts of this turn"),
        ("plan_history", plan, reading.history,
         "プランの変更履歴を見せる",
         "Show who changed a plan, when and how"),
        ("plan_import", plan, reading.taking_over,
         "ほかで作ったプランの文書を取り込む方法を案内する",
         "Say how a plan written elsewhere is taken over"),
        ("plan_export", plan, reading.export,
         "プランを文書に出力する方法を案内する",
         "Say how a plan is written as a document"),
    )  # fmt: skip
    acts = tuple(
        Act(name, arguments, partial(_safely, run, name in _BOUND), Text(ja=ja, en=en))
        for name, arguments, run, ja, en in listed
    )
    return Acts(acts, partial(_read, planner, frozenset(act.name for act in acts)))


def _read(
    planner: Planner, acts: Collection[str], turn: Turn, reader: Reader, text: str, before: Before
) -> list[Move]:
    """What a message asks for, by somebody who may see some of the plans."""

    def planned() -> set[str]:
        return {p.account_id for p in planner.all(turn.principal) if p.state != "closed"}

    return PlanReader(reader, acts, turn.thread, planned).read(text, before)


def _safely(run: Callable[[Turn, Any], Page], is_bound: bool, turn: Turn, given: Any) -> Page:
    """The act's page; what cannot be done is said in the person's language.

    A button's word does what stood at the button or nothing: acts that are not bound to it are not
    done by it.
    """
    pages = Pages(turn.language)
    memory = turn.thread.model_copy(update={"proposal": None, "asked": {}, "doubt": None})
    try:
        if turn.confirms is not None and not is_bound:
            raise ToldError("other_waits", waits=True)
        return run(turn, given)
    except ToldError as told:
        if told.of is not None:
            memory = memory_of(told.of, about=turn.thread.about)
        elif told.without is not None:
            memory = Memory(account_id=told.without)
        text = pages.say(told.name, **told.values)
        if told.waits:
            return Page(text, turn.thread)
        let_go = pages.say("let_go") if turn.thread.proposal is not None else ""
        return Page(pages.joined(text, let_go), memory)
    except NotFoundError:
        return Page(pages.say("unseen"), memory)
    except ClosedError:
        return Page(pages.say("closed"), memory)
    except OutdatedError:
        return Page(pages.say("outdated"), memory)

"""What an answer recalled: references, cards, why, looking back, verdicts, pins, undo, the prompt."""

from __future__ import annotations

import pytest
from textual.geometry import Offset

from assistant.app import Assistant
from assistant.tui.evoked import Evoked
from assistant.tui.screens.detail import Detail
from assistant.tui.widgets.cards import Card
from assistant.tui.widgets.recalled import Cards
from assistant.tui.widgets.references import linked, marked
from assistant.tui.widgets.sayings import Answer
from memory.types import Message, Recollection, Role, Step, Verdict, Why
from tests.servers import ScriptedServer
from tests.tui.conftest import Open, Ui
from tests.tui.test_frame import remember

BIKE = ("The blue bicycle is in the cellar of [b]Otto[/b].", "Noted.")
TYRE = ("The bicycle has a flat tyre since Sunday.", "That is a pity.")


def place_of(ui: Ui, text: str) -> Offset:
    """Where a text stands on the terminal."""
    for y, line in enumerate(ui.shown.splitlines()):
        if text in line:
            return Offset(line.index(text) + len(text) - 2, y)
    raise AssertionError(f"{text!r} is not on the terminal:\n{ui.shown}")


async def test_references_lead_to_memories_by_key_and_mouse_now_and_later(
    open_ui: Open, environ: dict[str, str], server: ScriptedServer
) -> None:
    remember(environ, BIKE)
    remember(environ, TYRE)
    server.answers = ["It stands in the **cellar**, at Otto's.\n\nIts tyre is flat since Sunday.", "Fine."]
    async with open_ui((120, 40), server=server) as ui:
        await ui.ready()
        await ui.say("Where is my blue bicycle, and can I ride it?")
        await ui.until(lambda: "[1]" in ui.shown and "[2]" in ui.shown)
        await ui.shows("cellar, at Otto's.[1]")
        assert ui.answers[0].endswith("Sunday."), "what is copied is the answer alone"
        await ui.until(lambda: "The answer leans on  2" in ui.shown)
        await ui.shows("[b]Otto[/b]")  # what was said is no markup
        await ui.press("ctrl+t")
        await ui.until(lambda: isinstance(ui.app.focused, Cards))
        assert "cellar" in ui.chat.panel.chosen.one.message.text
        await ui.press("ctrl+t")
        await ui.until(lambda: "tyre" in ui.chat.panel.chosen.one.message.text)
        await ui.press("1")
        await ui.until(lambda: "cellar" in ui.chat.panel.chosen.one.message.text)
        await ui.pilot.click(offset=place_of(ui, "Sunday.[2]"))
        await ui.until(lambda: "tyre" in ui.chat.panel.chosen.one.message.text)
        session = ui.chat.talk.chat.session
        await ui.press("escape")
        await ui.say("Thank you.")
    async with open_ui((120, 40), server=server, session=session) as ui:
        await ui.until(lambda: len(ui.answers) == 2 and "4 in the prompt" in ui.shown)
        assert "[1]" not in ui.shown
        await ui.press("alt+up")
        await ui.until(lambda: "Recalled then" in ui.shown)
        await ui.press("alt+up")
        await ui.until(lambda: "[1]" in ui.shown and "The answer leans on" in ui.shown)
        await ui.shows("for “Where is my blue bicycle")
        await ui.press("ctrl+t", "enter")
        await ui.until(lambda: isinstance(ui.app.screen, Detail) and "What found it" in ui.shown)
        await ui.shows("Path from your words")


async def test_a_memory_is_judged_pinned_and_visited_with_one_key_each(
    open_ui: Open, environ: dict[str, str], server: ScriptedServer
) -> None:
    remember(environ, BIKE, *((f"question {at}", f"answer {at}") for at in range(60)))
    async with open_ui((120, 40), server=server) as ui:
        await ui.ready()
        await ui.command("/recall Where is the blue bicycle?")
        await ui.until(lambda: "cellar" in ui.shown)
        ui.chat.query_one(Cards).focus()
        await ui.press("home")
        memory = ui.app.core.assistant.memory
        chosen = ui.chat.panel.chosen.one.message
        assert "cellar" in chosen.text
        await ui.press("u")
        await ui.until(lambda: "✓ useful" in ui.shown)
        assert [(each.verdict, each.cue) for each in memory.feedback_of(chosen.id)] == [
            (Verdict.USEFUL, "Where is the blue bicycle?")
        ]
        await ui.press("o")
        await ui.until(lambda: "↺ outdated" in ui.shown)
        await ui.press("z")
        await ui.until(lambda: not memory.feedback_of(chosen.id))
        await ui.press("p")
        await ui.until(lambda: "▪ pinned" in ui.shown)
        assert [one.id for one in memory.journal.pinned(memory.scope)] == [chosen.id]
        await ui.press("enter")
        await ui.until(lambda: isinstance(ui.app.screen, Detail))
        await ui.press("x")
        await ui.until(lambda: "you said: ✗ wrong" in ui.shown)
        await ui.press("g")
        await ui.until(lambda: "The blue bicycle is in the cellar" in ui.shown and "answer 1" in ui.shown)
        assert "answer 59" not in ui.shown, "the place is shown, not the end"
        await ui.command("/feedback nonsense")
        await ui.until(lambda: "Say what it was worth." in ui.shown)


async def test_what_was_just_remembered_is_taken_back_and_brought_back(open_ui: Open, server: ScriptedServer) -> None:
    async with open_ui((120, 36), server=server) as ui:
        await ui.ready()
        await ui.press("f8")
        await ui.until(lambda: "Nothing was remembered here" in ui.shown)
        await ui.say("Keep this.")
        await ui.say("A secret about the trombone.")
        await ui.until(lambda: "remembered · F8 takes it back" in ui.shown)
        assert ui.shown.count("takes it back") == 1
        memory = ui.app.core.assistant.memory
        await ui.press("f8")
        await ui.until(lambda: "forgotten · F8 remembers it again" in ui.shown)
        assert memory.stats().messages == 2
        assert len(ui.chat.talk.chat.history) == 2, "the model is not told of it any more either"
        await ui.press("f8")
        await ui.until(lambda: "remembered · F8 takes it back" in ui.shown)
        assert memory.stats().messages == 4
        assert len(ui.chat.talk.chat.history) == 4
        assert not any(one.has_class("-forgotten") for one in ui.chat.query(Answer))
        await ui.press("f4")
        await ui.until(lambda: "Change which message?" in ui.shown)
        await ui.press("enter")
        await ui.until(lambda: ui.written == "A secret about the trombone.")
        await ui.press("enter")
        await ui.until(lambda: ui.written == "" and not ui.chat.talk.busy and "F8 takes it back" in ui.shown)
        await ui.press("f8")
        await ui.until(lambda: "forgotten · F8 remembers it again" in ui.shown)
        assert [one.text for one in ui.chat.talk.chat.history][:1] == ["Keep this."], "what the branch shares stays"


async def test_the_prompt_is_shown_before_and_after_it_is_sent(
    open_ui: Open, environ: dict[str, str], server: ScriptedServer
) -> None:
    remember(environ, BIKE)
    async with open_ui((100, 50), server=server) as ui:
        await ui.ready()
        await ui.write("Where is the blue bicycle?")
        await ui.press("f3")
        await ui.until(lambda: "What would be sent for what you wrote" in ui.shown)
        assert "notes and message" in ui.shown
        await ui.press("end")
        await ui.until(lambda: "cellar" in ui.shown)
        assert server.bodies == []
        await ui.press("escape")
        assert ui.app.core.assistant.memory.stats().messages == 2, "looking keeps nothing"
        await ui.press("enter")
        await ui.until(lambda: ui.answers and not ui.chat.talk.busy)
        await ui.write("And now?")
        await ui.press("f3")
        await ui.until(lambda: "the other one" in ui.shown)
        await ui.press("right")
        await ui.until(lambda: "What was sent last" in ui.shown)


@pytest.mark.parametrize(
    ("text", "places", "shown"),
    [
        ("One. Two.", [(4, (1,)), (9, (2, 10))], "One.[1] Two.[2][10]"),
        ("[1] \uf6d0\uf6e1\uf6d1x.", [(9, (1,))], "[1] x.[1]"),
        ("No.", [], "No."),
    ],
)
def test_references_are_text_with_an_action(text: str, places: list[tuple[int, tuple[int, ...]]], shown: str) -> None:
    from textual.content import Content

    line = linked(Content(marked(text, places)))
    assert line.plain == shown
    actions = [span for span in line.spans if not isinstance(span.style, str)]
    assert len(actions) == sum(len(numbers) for _, numbers in places)
    assert all(shown[span.start] == "[" for span in actions)


def path_card() -> Card:
    """A memory that was reached over two steps."""

    def said(id_: str, text: str) -> Message:
        return Message(1, id_, Role.USER, text, "s", id_, speaker="Lea")

    stage = said("m2", "A prison theatre rehearses improvised comedy with Ottavia on Tuesdays.")
    path = (
        Step("words", "Two of my beehives swarmed", "m1", 0.91),
        Step("name", "Ottavia", "m2", 0.12),
    )
    signals = {"cosine": 0.21, "bm25": 0.0, "name": 0.64, "two hops": 0.0, "session": 0.3}
    return Card(Recollection(stage, (stage, said("m3", "Curtain at eight.")), 0.42, Why(signals, path)), "inside")


async def test_a_pinned_memory_stands_in_the_prompt_when_there_is_room(
    open_ui: Open, environ: dict[str, str], server: ScriptedServer
) -> None:
    session = remember(environ, ("I am a vegetarian and allergic to nuts.", "Noted."))
    with Assistant.open(environ) as assistant:
        first = assistant.memory.session_messages(session)[0]
        assistant.memory.journal.pin([first.id], assistant.memory.scope)
    async with open_ui((120, 36), server=server) as ui:
        await ui.ready()
        await ui.say("What is the capital of Portugal?")
        assert "allergic to nuts" in str(server.bodies[0]["messages"])
        await ui.until(lambda: "▪ pinned" in ui.shown)


async def test_cards_that_are_not_in_view_are_listed_in_steps(open_ui: Open, environ, server: ScriptedServer) -> None:
    remember(environ, *((f"The bicycle number {at} is blue, or nearly so.", "Noted.") for at in range(20)))
    async with open_ui((120, 40), server=server) as ui:
        await ui.ready()
        await ui.say("Where is the blue bicycle?")
        panel, listing = ui.chat.panel, ui.chat.query_one(Cards)

        def listed() -> list[str]:
            return [option.id for option in listing.options if option.id]

        await ui.until(lambda: len(panel.cards) > 10 and len(listed()) == len(panel.cards))
        evoked = ui.chat._evoked
        panel.show(evoked)
        assert 3 <= len(listed()) < len(panel.cards), "as many as there is room for"
        assert listing.virtual_size.height >= listing.size.height
        await ui.until(lambda: len(listed()) == len(panel.cards))
        assert listed() == [card.one.message.id for card in panel.cards]
        panel.show(evoked)
        panel._highlight(len(panel.cards) - 1)
        assert panel.chosen == panel.cards[-1], "one that is gone to is there at once"
        await ui.still()
        assert listed() == [card.one.message.id for card in panel.cards]


async def test_no_card_is_cut_when_a_scrollbar_comes(open_ui: Open, environ, server: ScriptedServer) -> None:
    # each fills its line, until the scrollbar takes a column of it
    remember(environ, *((f"The blue bicycle {letter * 15}", "Noted.") for letter in "abcdefgh"))
    async with open_ui((104, 26), server=server) as ui:
        await ui.ready()
        await ui.say("Where is the blue bicycle?")
        listing = ui.chat.query_one(Cards)
        await ui.until(lambda: len(ui.chat.panel.cards) > 3)
        await ui.still()
        evoked = ui.chat._evoked
        ui.chat.panel.show(Evoked())
        await ui.until(lambda: not listing.show_vertical_scrollbar)
        ui.chat.panel.show(evoked)
        await ui.until(lambda: listing.show_vertical_scrollbar and len(listing.options) > len(ui.chat.panel.cards))
        await ui.still()
        style = listing.get_visual_style("option-list--option")
        drawn = [len(listing._get_option_render(option, style)) for option in listing.options]
        assert list(listing._heights.values()) == drawn

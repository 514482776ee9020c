"""What commands print is text to a terminal, whatever the data holds."""

from __future__ import annotations

import json

import pytest

from hub.cli.output import make_table, plain, print_json, print_list, print_plain
from hub.core.redaction_shapes import replace_controls

TURNED = "a\u202eb\u2066c\x1b[31m\x9bd"
SHOWN = "a\ufffdb\ufffdc\ufffd[31m\ufffdd"


def test_what_moves_the_cursor_or_turns_text_round_is_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    print_plain(TURNED)
    print_plain(make_table("Name", rows=[[TURNED]]))

    printed = capsys.readouterr().out
    assert printed.count(SHOWN) == 2
    assert plain(TURNED).plain == SHOWN
    assert replace_controls("two\n\tlines 张伟 👨\u200d👩") == "two\n\tlines 张伟 👨\u200d👩"


def test_json_escapes_it_and_reads_back_as_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": TURNED})

    printed = capsys.readouterr().out
    assert json.loads(printed) == {"name": TURNED}
    assert not set(printed) & set("\u202e\u2066\x1b\x9b")


def test_a_list_of_nothing_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    print_list("Name", rows=iter(()), nothing="Nobody.")
    print_list("Name", rows=iter([["张伟"]]), nothing="Nobody.")

    assert [line.strip() for line in capsys.readouterr().out.splitlines()] == ["Nobody.", "Name", "张伟"]

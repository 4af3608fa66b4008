"""Without the extra `room` every command is there, and what needs it says what to install."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from forthwith.record.matter import Matter
from forthwith.record.users import Users

#: Imports every command, then types each line it is given, in one process that finds no module of
#: the extras.
_SCRIPT = """
import json, sys

GONE = {"argon2", "authlib", "httpx", "jinja2", "litestar", "msgspec", "nh3", "scipy", "sklearn",
        "uvicorn", "webauthn"}

class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in GONE:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Nothing())
import click
from click.testing import CliRunner
from forthwith.cli.main import main

def every(group):
    for name in list(group.commands):
        command = group.commands[name]
        if isinstance(command, click.Group):
            every(command)

every(main)
done = [CliRunner().invoke(main, words) for words in json.loads(sys.argv[1])]
print(json.dumps([[one.exit_code, one.stderr] for one in done]))
"""


def test_each_command_is_there_and_says_what_it_lacks(tmp_path: Path) -> None:
    home = tmp_path / "m"
    matter = Matter.create(home, name="Halden")
    Users(matter).add("lead", "Lead", "human", ("office", "a test"))
    matter.engine.dispose()
    (tmp_path / "pw").write_text("a few words in a row\n")
    lacking = [
        ["-C", str(home), "room"],
        ["-C", str(home), "users", "password", "lead", "--password-file", str(tmp_path / "pw"),
         "--as", "lead"],
    ]  # fmt: skip
    works = [
        ["-C", str(home), "users", "list"],
        ["-C", str(home), "users", "passkeys", "lead", "--as", "lead"],
        ["-C", str(home), "verify"],
    ]
    command = [sys.executable, "-c", _SCRIPT, json.dumps([*lacking, *works])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    answers = json.loads(done.stdout.splitlines()[-1])
    for words, (status, said) in zip(lacking, answers[: len(lacking)], strict=True):
        assert status == 2, words
        assert 'pip install "forthwith[room]"' in said, words
    assert [said for status, said in answers[len(lacking) :] if status] == []

"""A process that is killed while it saves at full speed has lost nothing it had answered."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

from forthwith.record.codings import Codings
from forthwith.record.matter import Matter
from forthwith.record.verify import verify

#: Eight threads save into documents of their own; every answer is told before the next save.
_SAVER = """
import os, sys, threading
from pathlib import Path
from forthwith.domain.coding import Pass
from forthwith.record.codings import Codings, Save
from forthwith.record.matter import Matter
codings = Codings(Matter.open(Path(sys.argv[1])))
codings.standing()
def work(number):
    control = f"FW{number}"
    stands = codings.now(control)
    version = stands.version if stands else 0
    while True:
        save = Save(control, version, Pass.FIRST, "", "ours", 1, {"count": str(version + 1)})
        version = codings.save([save], (f"reviewer{number}", "x"))[0].version
        os.write(1, f"{control} {version}\\n".encode())
for number in range(8):
    threading.Thread(target=work, args=(number,)).start()
"""


def test_every_answered_save_is_there(matter: Matter) -> None:
    chance = random.Random(13)
    answered: dict[str, int] = {}
    for _ in range(5):
        command = [sys.executable, "-c", _SAVER, str(matter.folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as saver:
            assert saver.stdout is not None
            first = saver.stdout.readline()
            time.sleep(chance.uniform(0, 0.4))
            saver.send_signal(signal.SIGKILL)
            lines = [first, *saver.stdout]
        for line in lines:
            control, version = line.split()
            answered[control] = max(answered.get(control, 0), int(version))

        codings = Codings(matter)
        for control, version in answered.items():
            history = codings.history(control)
            assert [coding.version for coding in history] == list(range(1, len(history) + 1))
            # One save more may have been on the disk than could be answered.
            assert version <= len(history)
            assert all(coding.body == {"count": str(coding.version)} for coding in history)
        assert verify(matter).broken == ()
    assert sum(answered.values()) > 50

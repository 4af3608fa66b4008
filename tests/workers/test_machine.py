"""What a machine carries, and a command that would need more than it has."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from forthwith.workers import machine
from forthwith.workers.supervisor import Beat, Done, Supervisor

GB = 10**9


@pytest.mark.parametrize(
    ("cores", "memory", "workers"),
    [
        (1, 64 * GB, 1),
        (8, 64 * GB, 8),
        (8, 6 * GB, 4),
        (64, 16 * GB, 14),
        (4, GB, 1),
        (4, 2 * GB, 1),
    ],
)
def test_there_are_as_many_workers_as_cores_and_memory_carry(
    monkeypatch: pytest.MonkeyPatch, cores: int, memory: int, workers: int
) -> None:
    monkeypatch.setattr(machine, "memory", lambda: memory)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)))

    assert machine.default_workers() == workers


@pytest.mark.parametrize(
    ("groups", "files", "limits"),
    [
        ("0::/a/b\n", {"a/b/memory.max": "max\n", "a/memory.max": "3000\n"}, [3000]),
        ("0::/\n", {"memory.max": "5000\n"}, [5000]),
        ("4:cpu,memory:/x\n0::/\n", {"memory/x/memory.limit_in_bytes": "7000\n"}, [7000]),
        ("4:memory:/gone/../..\n", {}, []),
        ("", {}, []),
    ],
)
def test_a_container_has_what_its_groups_were_given(
    tmp_path: Path, groups: str, files: dict[str, str], limits: list[int]
) -> None:
    """Of a container on a large machine, /proc/meminfo knows the machine only."""
    for name, text in files.items():
        (tmp_path / "sys" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sys" / name).write_text(text)
    (tmp_path / "cgroup").write_text(groups)

    assert list(machine._of_groups(tmp_path / "cgroup", tmp_path / "sys")) == limits


def test_more_than_the_machine_has_is_said_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory", lambda: 16 * GB)

    assert machine.too_much(4, 4 * GB) == ""
    assert "8 workers may take 4.0 GB of memory each" in machine.too_much(8, 4 * GB)
    assert "the 16.0 GB of this machine" in machine.too_much(8, 4 * GB)


def test_a_command_that_needs_more_than_it_may_have_says_so_and_frees_what_it_bound() -> None:
    """In one sentence, with what to do; and not by taking the machine down."""
    before = resource.getrlimit(resource.RLIMIT_DATA)

    with (
        pytest.raises(machine.OwnMemoryError, match=r"8\.0 GB it may have.*\[process\]"),
        machine.within(8 * GB),
    ):
        bytearray(9 * GB)

    assert resource.getrlimit(resource.RLIMIT_DATA) == before


class OutOfMemoryException(Exception):  # noqa: N818 - the name is what is looked for
    """As DuckDB raises it."""


def test_a_database_without_memory_is_the_same_refusal() -> None:
    with pytest.raises(machine.OwnMemoryError), machine.within(0):
        raise OutOfMemoryException
    with pytest.raises(KeyError), machine.within(0):
        raise KeyError


def test_workers_are_not_bound_by_what_binds_their_supervisor() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (6 * GB, hard))
    try:
        with Supervisor[int, int](own, workers=1, seconds=9, memory=0, preload=()) as supervisor:
            (done,) = supervisor.run([0])
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))

    assert isinstance(done, Done)
    assert done.result == hard


def own() -> object:
    def work(_unit: int, _beat: Beat) -> int:
        return resource.getrlimit(resource.RLIMIT_DATA)[0]

    return work

"""The program with its clock stopped, so that two runs can be compared byte for byte.

Run as a script with the words of a command. Nothing else of the program is touched: the class
stands in for `datetime` before anything of forthwith is imported.
"""

from __future__ import annotations

import datetime
import sys
from typing import Any

_REAL = datetime.datetime
_NOW = _REAL(2023, 8, 1, 12, 0, tzinfo=datetime.UTC)


class _Kind(type):
    """Calls every real instant one of the class's own."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _REAL)


class _Still(_REAL, metaclass=_Kind):
    __slots__ = ()

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return _NOW.astimezone(tz) if tz else _NOW.replace(tzinfo=None)


class _WithoutPandas:
    """It does not import beside that class, and pyarrow would try anew for every array it makes."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)


datetime.datetime = _Still  # type: ignore[misc]
sys.meta_path.insert(0, _WithoutPandas())

if __name__ == "__main__":
    from forthwith.cli.main import main

    main()

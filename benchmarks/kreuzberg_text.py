"""The peer of `processing`: kreuzberg's text of every file of a folder, no OCR, no cache.

Needs kreuzberg alone, not forthwith, so that it runs in an environment of its own.
Run: python -m benchmarks.kreuzberg_text FOLDER; prints seconds and counts as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(folder: str) -> None:
    """Take the text of each file, one after the other, and print what it took."""
    import kreuzberg

    files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    config = kreuzberg.ExtractionConfig(use_cache=False, disable_ocr=True)
    errors = characters = 0
    cpu, began = time.process_time(), time.perf_counter()
    for path in files:
        try:
            characters += len(kreuzberg.extract_file_sync(path, config=config).content)
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 - its panics are no Exception; each counts as one error
            errors += 1
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - began,
                "cpu": time.process_time() - cpu,
                "version": kreuzberg.__version__,
                "files": len(files),
                "errors": errors,
                "characters": characters,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])

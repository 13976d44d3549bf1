"""How far a long read has come: a bar in a notebook or terminal, nothing where nobody looks."""

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any

__all__ = ["reporter"]

#: A read that takes no longer than this shows no bar unless it is asked for, in seconds.
PATIENCE = 1.0

#: Called with rows, bytes, bytes in all (or None), and whether it is the last call.
Reporter = Callable[[int, int, int | None, bool], None]


def reporter(progress: object) -> Reporter | None:
    """Say who is told: a bar, a caller's function, or nobody.

    Parameters
    ----------
    progress : bool or callable or None
        As in ``TransactionLog.read``.
    """
    if progress is None:
        return _Bar(PATIENCE) if _is_watched() else None
    if isinstance(progress, bool):
        return _Bar(0.0) if progress else None
    if callable(progress):
        tell: Callable[..., object] = progress

        def told(rows: int, bytes_read: int, total_bytes: int | None, _done: bool) -> None:
            tell(rows, bytes_read, total_bytes)

        return told
    message = f"progress must be True, False, None or a function, not {type(progress).__name__}"
    raise TypeError(message)


def _is_watched() -> bool:
    """Whether standard error is a terminal, or this is a notebook."""
    if sys.stderr is not None and sys.stderr.isatty():
        return True
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return type(shell).__name__ == "ZMQInteractiveShell"


class _Bar:
    """A bar of tqdm, which knows notebooks; without it a line of text."""

    def __init__(self, delay: float) -> None:
        self.shown_from = time.monotonic() + delay
        self.bar: Any = None
        self.has_line = False

    def __call__(self, rows: int, bytes_read: int, total_bytes: int | None, done: bool) -> None:
        if time.monotonic() < self.shown_from and self.bar is None and not self.has_line:
            return
        try:
            tqdm = importlib.import_module("tqdm.auto").tqdm
        except ImportError:
            self._write_line(rows, bytes_read, total_bytes, done)
            return
        if self.bar is None:
            self.bar = tqdm(total=total_bytes, unit="B", unit_scale=True, desc="reading")
        self.bar.set_postfix_str(f"{rows:,} rows", refresh=False)
        self.bar.update(bytes_read - self.bar.n)
        if done:
            self.bar.close()

    def _write_line(self, rows: int, bytes_read: int, total_bytes: int | None, done: bool) -> None:
        self.has_line = True
        share = f"{100 * bytes_read // total_bytes:3d} %, " if total_bytes else ""
        sys.stderr.write(f"\rreading: {share}{rows:,} rows" + ("\n" if done else ""))
        sys.stderr.flush()

"""Many callers, one call: what several threads ask for at the same time is done in one batch.

Nobody waits for a batch to fill. While one batch is being worked on, what comes gathers, and is the next one; so a lone
caller waits no longer than without, and a crowd shares its calls.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, NamedTuple, TypeVar

__all__ = ["Batches", "Closed"]

Asked = TypeVar("Asked")
Done = TypeVar("Done")


class Closed(RuntimeError):  # noqa: N818  an answer to a caller
    """Nothing more is taken: the server stops."""


class _Waiting(NamedTuple, Generic[Asked, Done]):
    asked: Asked
    future: Future[Done]


class Batches(Generic[Asked, Done]):
    """``work`` does what was asked for, a result for each, at most ``most`` at a time, on a thread of its own.

    ``size`` says how much one is where that differs; ``urgent`` lets some go before others. What ``work`` raises reaches all
    whose batch it was, unless it was of several: then each is tried alone, so that one bad request spoils no other.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Asked]], Sequence[Done]],
        *,
        name: str,
        most: int = 64,
        size: Callable[[Asked], int] = lambda _: 1,
        urgent: Callable[[Asked], bool] = lambda _: False,
    ) -> None:
        self._work, self._most, self._size, self._urgent = work, most, size, urgent
        self._ready = threading.Condition()
        self._first: deque[_Waiting[Asked, Done]] = deque()
        self._waiting: deque[_Waiting[Asked, Done]] = deque()
        self._closed = False
        self.calls = self.items = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, asked: Asked) -> Future[Done]:
        """What will hold the result; cancelled before its turn, it costs nothing. Raises :class:`Closed` after the end."""
        one: _Waiting[Asked, Done] = _Waiting(asked, Future())
        with self._ready:
            if self._closed:
                raise Closed("the server is stopping; ask again in a moment")
            (self._first if self._urgent(asked) else self._waiting).append(one)
            self._ready.notify()
        return one.future

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._ready:
            self._closed = True
            self._ready.notify()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._next():
            live = [one for one in batch if one.future.set_running_or_notify_cancel()]
            if live:
                self._do(live)

    def _next(self) -> list[_Waiting[Asked, Done]]:
        """The next batch, waited for; empty at the end."""
        with self._ready:
            while not (self._first or self._waiting or self._closed):
                self._ready.wait()
            batch: list[_Waiting[Asked, Done]] = []
            size = 0
            for queue in (self._first, self._waiting):
                while queue and (not batch or size + self._size(queue[0].asked) <= self._most):
                    one = queue.popleft()
                    size += self._size(one.asked)
                    batch.append(one)
            return batch

    def _do(self, batch: Sequence[_Waiting[Asked, Done]]) -> None:
        self.calls += 1
        self.items += len(batch)
        try:
            done = self._work([one.asked for one in batch])
        except Exception as error:  # noqa: BLE001  whatever it is, who asked must hear of it, and the thread go on
            if len(batch) == 1:
                batch[0].future.set_exception(error)
            else:
                for one in batch:
                    self._do([one])
            return
        for one, result in zip(batch, done, strict=True):
            one.future.set_result(result)

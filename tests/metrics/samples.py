"""Random texts, rankings and rows: small alphabets, so that things coincide, and with a seed, so that they stay."""

import random

from raglan.types import Answer, Citation, Example, Passage, Query, Span

WORDS = """the a an Paris paris Eiffel tower, 1889 1,889 3.5% U.S. don't (in) "of" the-end naïve Ünal 12-14 cannot . ! and
    x_y it's &amp; <b> 24 months month an's $5 the. --""".split()
CHINESE = [*"保修期两年内的是不可以，。《》“”…、（）「」：年月日0123 aB.-", "……", "ロ"]
CHINESE += ["iPhone ", "2,000", "sony's", '"the" ', "U.S. "]


def text(rng: random.Random, most: int = 9) -> str:
    """English words with marks; now and then nothing."""
    return " ".join(rng.choices(WORDS, k=rng.randint(0, most)))


def chinese(rng: random.Random, most: int = 14) -> str:
    """Chinese with some Latin; now and then nothing."""
    return "".join(rng.choices(CHINESE, k=rng.randint(0, most)))


def row(*answers: str, query: str = "When?", positives: tuple[str, ...] = ("p",)) -> Example:
    """An example with these gold answers."""
    return Example(Query(query), answers, positives)


def passage(name: str, body: str = "", document: str = "") -> Passage:
    """A passage, by default a document of its own."""
    return Passage(name, body, document or name, Span(0, len(body)))


def cite(answer: str, *citations: tuple[int, int, str], confidence: float = 1.0) -> Answer:
    """An answer with citations: start, end, and the id of the passage."""
    cited = [Citation(Span(start, end), passage(name), Span(0, 0)) for start, end, name in citations]
    return Answer(answer, tuple(cited), confidence=confidence)

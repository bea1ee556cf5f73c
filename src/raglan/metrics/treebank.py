"""Latin runs inside Chinese text, cut into words as the CMRC 2018 script cuts them: by the Penn Treebank's rules.

The rules are those of MacIntyre's tokenizer (1995) in the form that NLTK gives them, and only those that can apply: text
comes in small letters, and the script has taken out hyphens, colons, asterisks, backticks and most curly quotes. A run
is taken as one sentence; the script first looks for sentences, which tells only at full stops within a run.
"""

from __future__ import annotations

import re

__all__ = ["cut"]

_FIRST = [
    # A quote that opens is written `` and one that closes '': they are different words.
    (re.compile("([«‘„])"), r" \1 "),
    (re.compile('^"'), " `` "),
    (re.compile(r"([ (\[{<])(?:\"|'')"), r"\1 `` "),
    (re.compile(r"(?<!\w)'(?!(?:re|ve|ll|m|t|s|d|n)\b)(?=\w)"), "' "),
    # A full stop is a word at the very end only, where nothing but closing quotes and brackets follows.
    (re.compile(r"([^.])\.([\])}>\"'» ]*+)\s*$"), r"\1 . \2 "),
    # A comma is part of a number.
    (re.compile(r",(\D)"), r" , \1"),
    (re.compile(r",$"), " , "),
    (re.compile(r"\.{2,}"), r" \g<0> "),
    (re.compile(r"[;@#$%&?!\u2012-\u2015]"), r" \g<0> "),
    (re.compile("([^'])' "), r"\1 ' "),
    (re.compile(r"[\[\](){}<>]"), r" \g<0> "),
]
# These look for a space on both sides of a word.
_THEN = [
    (re.compile("»"), " » "),
    (re.compile("''|\""), " '' "),
    (re.compile(r"\s+"), " "),
    (re.compile("([^' ])('[smd]|') "), r"\1 \2 "),
    (re.compile("([^' ])('ll|'re|'ve|n't) "), r"\1 \2 "),
    (
        re.compile(
            r"\b(can(?=not\b)|d(?='ye\b)|gim(?=me\b)|gon(?=na\b)|got(?=ta\b)|lem(?=me\b)|more(?='n\b)|wan(?=na\s))"
            r"(not|'ye|me|na|ta|'n)"
        ),
        r" \1 \2 ",
    ),
    (re.compile(r" ('t)(is|was)\b"), r" \1 \2 "),
]


def cut(run: str) -> list[str]:
    r"""The words of a run of small letters, digits and marks.

    >>> cut('sony\'s "walkman", (1,200 $)')
    ['sony', "'s", '``', 'walkman', "''", ',', '(', '1,200', '$', ')']
    """
    for pattern, written in _FIRST:
        run = pattern.sub(written, run)
    run = f" {run} "
    for pattern, written in _THEN:
        run = pattern.sub(written, run)
    return run.split()

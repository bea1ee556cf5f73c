"""A tokenizer counted from texts: Chinese characters one by one, other words and numbers in pieces.

For models that are trained from nothing. Vocabulary and order hang on the texts alone: the trainers of ``tokenizers`` break
ties by chance. Words are cut as BERT cuts them, the longest piece first (Wu et al. 2016, WordPiece); pieces are those that
save most tokens.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from raglan.errors import ConfigError
from raglan.text.words import RUN

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["SPECIAL", "tokenizer_of"]

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_HAN = RUN.pattern.removesuffix("+")
_WORD = re.compile(rf"(?:(?!{_HAN})[^\W_])+")
_LONGEST = 8  # letters of a piece
_LETTERS = 10  # times that a letter must stand to be one; of those that stand less often no word is known


def tokenizer_of(texts: Iterable[str], size: int, *, pieces: int = 1200) -> Tokenizer:
    """The tokenizer of ``size`` tokens for ``texts``; at most ``pieces`` of them are of words, the others are characters.

    Text is normalised by NFKC and in small letters; offsets lead into the text as it was. Pairs are those of BERT. Raises
    :class:`ConfigError` for a ``size`` without room for characters.
    """
    if size <= pieces + len(SPECIAL):
        raise ConfigError(
            f"size is {size}: {pieces} pieces of words and {len(SPECIAL)} special tokens leave no characters"
        )
    characters, words = Counter[str](), Counter[str]()
    for text in texts:
        plain = unicodedata.normalize("NFKC", text).lower()
        characters.update(plain)
        words.update(_WORD.findall(plain))
    letters = {one: count for one, count in Counter(_spelled(words)).items() if count >= _LETTERS}
    alphabet = sorted({mark + one for one in letters for mark in ("", "##")})
    known = [*alphabet, *_pieces(words, max(0, pieces - len(alphabet)))]
    single = {one: count for one, count in characters.items() if not one.isspace() and one not in letters}
    kept = sorted(single, key=lambda one: (-single[one], one))[: size - len(known) - len(SPECIAL)]
    return _made([*SPECIAL, *known, *kept])


def _spelled(words: Counter[str]) -> Counter[str]:
    found = Counter[str]()
    for word, count in words.items():
        for letter in word:
            found[letter] += count
    return found


def _pieces(words: Counter[str], most: int) -> list[str]:
    """Beginnings and ends of words, and whole ones, those first that stand for most letters."""
    saved = Counter[str]()
    for word, count in words.items():
        for length in range(2, min(len(word), _LONGEST) + 1):
            saved[word[:length]] += count * (length - 1)
            if length < len(word):
                saved["##" + word[-length:]] += count * (length - 1)
    return sorted(saved, key=lambda one: (-saved[one], one))[:most]


def _made(vocabulary: list[str]) -> Tokenizer:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    # Its expressions know no escapes of Python's.
    han = re.sub(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})", lambda match: chr(int(match[1] or match[2], 16)), _HAN)
    made: Any = Tokenizer(models.WordPiece({word: at for at, word in enumerate(vocabulary)}, unk_token="[UNK]"))  # noqa: S106
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    alone = pre_tokenizers.Split(Regex(han), behavior="isolated")
    made.pre_tokenizer = pre_tokenizers.Sequence([alone, pre_tokenizers.BertPreTokenizer()])
    made.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in SPECIAL])
    # Beside Chinese characters there are no spaces.
    spaces = decoders.Replace(Regex(rf"(?<={han}) | (?={han})"), "")
    made.decoder = decoders.Sequence([decoders.WordPiece(), decoders.Fuse(), spaces])
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(word, vocabulary.index(word)) for word in ("[CLS]", "[SEP]")],
    )
    found: Tokenizer = made
    return found

"""Which encoder a name means, which one made a store's vectors, and which vectors answer while others are being made.

A name is a part's, or else the path of a model folder, an encoder's or an adapter's. A store remembers the name, and the
identity, which holds the hash of the weights: so it is noticed when other weights were put into the same folder. Until the
vectors of another encoder are complete, the first of these answers that can be had:

1. the vectors from before, asked through the encoder that made them;
2. the same, asked through the new encoder and a matrix, where the old weights are gone and enough passages have vectors of
   both (:mod:`raglan.encode.translating`);
3. the new ones as far as they go, and words.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from raglan.config import Config, Spec
from raglan.encode.adapted import Translated
from raglan.errors import ConfigError, ModelError, RaglanError
from raglan.models.adapter import KIND as ADAPTER
from raglan.models.adapter import kind_of
from raglan.models.folder import beside
from raglan.plugins import factory, make, names
from raglan.protocols import Encoder
from raglan.search.dense import DenseIndex, generation
from raglan.search.rows import common, kept
from raglan.store.store import Store

__all__ = ["Maker", "bridged", "chosen", "located", "outdated", "remember", "remembered", "same", "serving"]

_SETTING = "encoder"
_LEAST, _MOST = 256, 4_096  # passages that a matrix is fitted to


@dataclass(frozen=True, slots=True)
class Maker:
    """What made a store's vectors; of stores that an earlier raglan made, identity and dimension are not known."""

    spec: Spec
    identity: str = ""
    dim: int = 0


def located(spec: Spec) -> Spec:
    """``spec`` with what its name means: a part, or the one that reads what lies at that path.

    That is the folder of an encoder or of an adapter, or a file of static vectors. The name of a part goes before that of a
    folder, which can be written with a dot or a slash. Raises :class:`ConfigError` for a name that is neither; what is wrong
    with a folder is told when the encoder is made of it.
    """
    if spec.use == "none" or spec.use in names("encoder"):
        return spec
    place = Path(spec.use).expanduser().absolute()
    there = place.exists() or beside(place, "before").exists()
    if not there and not spec.use.startswith((".", "~")) and Path(spec.use).name == spec.use:
        try:
            factory("encoder", spec.use)
        except ConfigError as error:
            raise ConfigError(f"{error}; nor does a model lie at {place}") from None
    if kind_of(place) == ADAPTER:
        return Spec("adapted", {**spec.options, "model": str(place)})
    return Spec("static" if place.is_file() else "minilm", {**spec.options, "name": str(place)})


def chosen(config: Config, store: Store) -> tuple[Spec, Encoder | None]:
    """The encoder that ``config`` names; where it names none, the one that made the store's vectors, or the default.

    Raises :class:`ConfigError` for names and options that mean nothing and :class:`ModelError` for a folder that holds no
    encoder, or is not there.
    """
    before = remembered(store)
    if before is None or "encoder" in config.named:
        spec = located(config.specs["encoder"])
        return spec, None if spec.use == "none" else make("encoder", spec.use, spec.options)
    try:
        return before.spec, make("encoder", before.spec.use, before.spec.options)
    except RaglanError as error:
        told = f"{store.folder}: the encoder that made its vectors cannot be had ({error})"
        raise ModelError(f"{told}; put it back, or name another, such as builtin") from error


def remembered(store: Store) -> Maker | None:
    """What made the vectors of ``store``; ``None`` if it has none yet."""
    known = store.setting(_SETTING)
    if known is None:
        return None
    table = json.loads(known)
    return Maker(Spec(table["use"], table["options"]), table.get("identity", ""), table.get("dim", 0))


def remember(store: Store, maker: Maker) -> None:
    """Keep what made the vectors of ``store``."""
    table = {"use": maker.spec.use, "options": dict(maker.spec.options)}
    known = {**table, "identity": maker.identity, "dim": maker.dim}
    store.set({_SETTING: json.dumps(known, sort_keys=True, ensure_ascii=False)})


def same(before: Maker | None, maker: Maker) -> bool:
    """Whether vectors of the two go together, or there are none from before."""
    if before is None:
        return True
    return before.identity == maker.identity if before.identity else before.spec == maker.spec


def outdated(store: Store, maker: Maker) -> bool:
    """Whether the store's vectors are by now of weights that were put where those of ``maker``, which is open, once lay."""
    before = remembered(store)
    if same(before, maker):
        return False
    with suppress(RaglanError):
        encoder: Encoder = make("encoder", maker.spec.use, maker.spec.options)
        return same(before, Maker(maker.spec, encoder.identity))
    return False


def serving(store: Store, vectors: DenseIndex, spec: Spec) -> DenseIndex:
    """The vectors that answer: ``vectors``, unless they are behind and those from before can still be asked."""
    before = remembered(store)
    if before is None or same(before, Maker(spec, vectors.encoder.identity)):
        return vectors
    vectors.follower.look()
    if not vectors.follower.behind:
        return vectors
    return _former(store, before) or bridged(store, vectors) or vectors


def _former(store: Store, before: Maker) -> DenseIndex | None:
    """The vectors from before with the encoder that made them, if it is still there and the same."""
    with suppress(RaglanError):
        encoder: Encoder = make("encoder", before.spec.use, before.spec.options)
        if before.identity in ("", encoder.identity):
            return DenseIndex(encoder, store)
    return None


def bridged(store: Store, vectors: DenseIndex) -> DenseIndex | None:
    """The vectors from before, asked through the encoder of ``vectors`` and a matrix.

    ``None`` while too few passages have vectors of both encoders, and where one space does not lead to the other.
    """
    before, new, home = remembered(store), vectors.encoder, store.whole.folder
    if home is None or before is None or not before.dim or before.identity == new.identity:
        return None
    folder = home / "vectors"
    mine = kept(folder / generation(new.identity), new.dim)
    old = kept(folder / generation(before.identity), before.dim)
    if mine is None or old is None:
        return None
    source, target = common(mine, old, _MOST)
    # With fewer rows than dimensions a matrix is free where no row lies.
    if len(source) < max(_LEAST, 2 * new.dim, 2 * before.dim):
        return None
    from raglan.encode.translating import translation

    fit = translation(source, target)
    return DenseIndex(Translated(new, fit.matrix, before.identity), store) if fit.kept else None

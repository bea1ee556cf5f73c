"""Raglan's own training, driven like its peer's: all layers, or the upper ones over kept states of the lower."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import torch
from bench.peers.running import Clock, Json, serve
from bench.peers.training import Ends, pairs

from raglan.nn.tokens import Tokens
from raglan.nn.tower import Towers
from raglan.train.drawing import Drawing, Hard
from raglan.train.loop import run
from raglan.train.plan import Plan
from raglan.train.retriever import Learning, Retriever
from raglan.train.rows import Drawn, Row, Rows
from raglan.train.start import encoder
from raglan.train.step import Descend, Descent, accelerator


def train(options: Json) -> Json:
    """Fill the states, take the loss of the first batch, and train."""
    questions, passages = pairs(options["file"])
    names = [str(at) for at in range(len(passages))]
    rows = tuple(Row(question, (name,)) for question, name in zip(questions, names, strict=True))
    texts = dict(zip(names, passages, strict=True))
    start = encoder(Path(options["model"]), length=options["length"], dropout=0.0)
    assert isinstance(start.model, Towers)
    tokens = Tokens(start.tokenizer, length=options["length"])
    learning = Learning(frozen=options["frozen"])
    place = Path(options["folder"]) if options["frozen"] else None
    with closing(Retriever(start.model, tokens, texts, learning, place=place)) as one:
        clock = Clock()
        one.fill(questions)
        fill = clock.lap()
        first = [Drawn(row, row.positives[0], ()) for row in rows[: options["batch"]]]
        with torch.no_grad():
            loss, _ = one.objective(one.model, one.batch(first))
        steps, ends = options["warm"] + options["steps"], Ends()
        batches = Drawing(Rows(rows, {}, texts), options["batch"], one.batch, hard=Hard(0), seed=options["seed"])
        step = Descend(one.model, one.objective, Descent(steps), by=accelerator("no", cpu=True))
        done = run(step, batches, Plan(steps), watch=[ends])
    told = {"first_loss": float(loss), "last_loss": done.report["loss"], **ends.pace(options["warm"])}
    return told | ({"fill_s": fill} if options["frozen"] else {})


if __name__ == "__main__":
    serve({"train": train}, "raglan", "torch")

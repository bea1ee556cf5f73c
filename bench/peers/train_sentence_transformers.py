"""sentence-transformers' own trainer with its ranking loss; it needs datasets and accelerate."""

from __future__ import annotations

import tempfile
from importlib import import_module
from typing import Any

from bench.peers.running import Json, serve
from bench.peers.training import Ends, pairs


def train(options: Json) -> Json:
    """Take the loss of the first batch, and train."""
    library, torch = import_module("sentence_transformers"), import_module("torch")
    questions, passages = pairs(options["file"])
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    model: Any = library.SentenceTransformer(options["model"], device="cpu", config_kwargs=still)
    model.max_seq_length = options["length"]
    dropping = [part.p for part in model.modules() if isinstance(part, torch.nn.Dropout)]
    assert dropping, "dropout is somewhere else in this version"
    assert not any(dropping), dropping
    _freeze(model, options["frozen"])
    loss = import_module("sentence_transformers.sentence_transformer.losses").MultipleNegativesRankingLoss(model)
    batch = options["batch"]
    with torch.no_grad():
        first = loss([model.preprocess(side[:batch]) for side in (questions, passages)], None)
    ends, steps = Ends(), options["warm"] + options["steps"]
    with tempfile.TemporaryDirectory() as folder:
        settings = library.SentenceTransformerTrainingArguments(
            folder,
            max_steps=steps,
            per_device_train_batch_size=batch,
            learning_rate=2e-5,
            warmup_steps=0.1,
            weight_decay=0.01,
            max_grad_norm=1.0,
            seed=options["seed"],
            use_cpu=True,
            dataloader_drop_last=True,
            save_strategy="no",
            report_to="none",
            logging_strategy="steps",
            logging_steps=steps,
            disable_tqdm=True,
        )
        data = import_module("datasets").Dataset.from_dict({"anchor": questions, "positive": passages})
        trainer = library.SentenceTransformerTrainer(
            model, settings, train_dataset=data, loss=loss, callbacks=[_watching(ends)]
        )
        trainer.train()
    assert settings.optim.startswith("adamw"), settings.optim
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    told = {"first_loss": float(first), "mean_loss": float(losses[-1]), "optim": str(settings.optim)}
    return told | ends.pace(options["warm"])


def _freeze(model: Any, below: int) -> None:
    """The embeddings and the layers under ``below``, as ours are; nothing for 0."""
    bert = model[0].auto_model
    for part in (bert.embeddings, *bert.encoder.layer[:below]) if below else ():
        part.requires_grad_(requires_grad=False)


def _watching(ends: Ends) -> Any:
    callback: Any = import_module("transformers").TrainerCallback

    def after(*_: object, **__: object) -> None:
        ends()

    return type("Watching", (callback,), {"on_step_end": after})()


if __name__ == "__main__":
    serve({"train": train}, "sentence-transformers", "transformers", "accelerate", "torch")

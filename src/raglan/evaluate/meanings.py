"""What metrics mean, in a line each, for who reads a report."""

from __future__ import annotations

from raglan.errors import ConfigError
from raglan.metrics.metric import split

__all__ = ["MEANINGS", "meaning"]

MEANINGS = {
    "abstain_auroc": "Chance that the system is readier to answer where the documents hold an answer than where not.",
    "answer_recall": "Share of questions with a wanted answer in the text of a passage {among}.",
    "aurc": "Mean share of wrong answers over all coverages, the surest answered first.",
    "bleu": "BLEU-4: runs of up to four words shared with the wanted answers, over all answers together.",
    "brier": "Mean square of what confidence is off by.",
    "citation_precision": "Share of citations that are needed and point to a passage marked as relevant.",
    "citation_recall": "Share of an answer's sentences that cite a passage marked as relevant.",
    "confidence_auroc": "Chance that confidence is higher where the answer is right than where it is wrong.",
    "contains": "Share of answers that hold a wanted one, word for word.",
    "coverage": "Share of questions that can be answered with at most {at} of the answers wrong.",
    "distinct1": "Share of the words of all answers together that are different ones.",
    "distinct2": "Share of the pairs of words of all answers together that are different ones.",
    "ece": "Expected calibration error: how far confidence is from the share that is right; bins of the same width.",
    "ece_mass": "Expected calibration error over bins of the same number of answers.",
    "em": "Share of answers that are exactly a wanted one.",
    "f1": "Words, or Chinese characters, shared with the nearest wanted answer, as F1.",
    "knowledge_f1": "Words shared with the passage that the answer should rest on, as F1.",
    "map": "Mean over the relevant passages of the precision at their ranks {among}.",
    "mrr": "Mean of one over the rank of the first relevant passage {among}.",
    "ndcg": "Relevance found {among}, discounted by rank, as a share of the best possible.",
    "precision": "Share of passages that are relevant {among}.",
    "recall": "Share of the relevant passages that are {among}.",
    "rouge1": "Words shared with the nearest wanted answer, as F1.",
    "rouge1_recall": "Share of the wanted answer's words that the answer holds.",
    "rouge2": "Pairs of words shared with the nearest wanted answer, as F1.",
    "rouge2_recall": "Share of the wanted answer's pairs of words that the answer holds.",
    "rougel": "The longest sequence of words shared with the nearest wanted answer, as F1.",
    "rougel_recall": "The longest sequence of words shared with the wanted answer, as a share of it.",
    "success": "Share of questions with a relevant passage {among}.",
    "support": "Share of an answer's sentences that are backed by what they cite.",
    "support_precision": "Share of citations that are needed and back their sentence.",
}


def meaning(metric: str) -> str | None:
    """A line on ``metric``; ``None`` of one that is not Raglan's own.

    >>> meaning("recall@5"), meaning("mine")
    ('Share of the relevant passages that are among the first 5.', None)
    """
    try:
        base, options = split(metric)
    except ConfigError:
        return None
    line, at = MEANINGS.get(base), options.get("at")
    return None if line is None else line.format(at=at, among="in the list" if at is None else f"among the first {at}")

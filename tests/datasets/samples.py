"""One tiny set in every form, written for these tests: two passages on a kettle, questions that they answer or do not."""

import gzip
import json
from pathlib import Path
from typing import Any

FILTER = "The filter lasts three months. Rinse it weekly."
LID = "Lift the lid by its knob. 盖子为红色。"


def lines(*rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def table(*records, delimiter="\t"):
    return "".join(delimiter.join(record) + "\n" for record in records)


def at(text, answer):
    return {"text": answer, "answer_start": text.index(answer)}


SQUAD: dict[str, Any] = {
    "version": "v2.0",
    "data": [
        {
            "title": "Kettle",
            "paragraphs": [
                {
                    "context": FILTER,
                    "qas": [
                        {
                            "id": "q1",
                            "question": "How long does the filter last?",
                            "answers": [at(FILTER, "three months"), at(FILTER, "three months"), at(FILTER, "months")],
                            "is_impossible": False,
                        },
                        {
                            "id": "q2",
                            "question": "Who designed the filter?",
                            "answers": [],
                            "plausible_answers": [at(FILTER, "weekly")],
                            "is_impossible": True,
                        },
                    ],
                },
                {
                    "id": "p2",
                    "context": LID,
                    "qas": [{"id": "q3", "question": "盖子是什么颜色？", "answers": [at(LID, "红色")]}],
                },
            ],
        }
    ],
}

CMRC = [
    {
        "context_id": "c1",
        "context_text": LID,
        "title": "水壶",
        "qas": [{"query_id": "c1-1", "query_text": "盖子是什么颜色？", "answers": ["红色", "红色"]}],
    }
]

_SECTION = f"{FILTER} CANNOTANSWER"
_NONE = at(_SECTION, "CANNOTANSWER")
QUAC = {
    "data": [
        {
            "title": "Kettle",
            "section_title": "Care",
            "background": "A kettle.",
            "paragraphs": [
                {
                    "id": "d1",
                    "context": _SECTION,
                    "qas": [
                        {
                            "id": "d1#0",
                            "question": "How long does the filter last?",
                            "answers": [at(_SECTION, "three months"), _NONE, at(_SECTION, "three months")],
                            "orig_answer": at(_SECTION, "three months"),
                            "followup": "y",
                        },
                        {
                            "id": "d1#1",
                            "question": "Who designed it?",
                            "answers": [_NONE, at(_SECTION, "Rinse it")],
                            "orig_answer": _NONE,
                            "followup": "n",
                        },
                        {
                            "id": "d1#2",
                            "question": "How often is it rinsed?",
                            "answers": [at(_SECTION, "weekly")],
                            "followup": "n",
                        },
                    ],
                }
            ],
        }
    ]
}

CANARD = [
    {
        "History": ["Kettle", "Care", "How long does the filter last?", "three months"],
        "QuAC_dialog_id": "d1",
        "Question_no": 2,
        "Question": "How often is it rinsed?",
        "Rewrite": "How often is the filter rinsed?",
    }
]
TURN = {
    "id": "d1#2",
    "history": ["Kettle", "Care"],
    "question": "How often is it rinsed?",
    "rewrite": "How often is the filter rinsed?",
}

DPR = [
    {
        "question": "how long does the filter last",
        "answers": ["three months"],
        "positive_ctxs": [{"title": "Kettle", "text": FILTER, "score": 1.0, "passage_id": "7"}],
        "negative_ctxs": [{"title": "Lid", "text": LID, "psg_id": 8}],
        "hard_negative_ctxs": [{"title": "Pump", "text": "A pump moves water.", "passage_id": ""}],
    },
    {
        "question": "what colour is the lid",
        "answers": ["红色"],
        "positive_ctxs": [{"title": "Lid", "text": LID, "passage_id": "8"}],
        "hard_negative_ctxs": [],
    },
]

PSGS = table(
    ("id", "text", "title"),
    ("1", '"The ""filter"" lasts."', "Kettle"),
    ("2", LID, "Lid"),
    ("10", "Rinse it.", "Kettle"),
)
NQ_OPEN = lines(
    {"question": "how long does the filter last", "answer": ["three months", "3 months"]},
    {"question": "who designed it", "answer": None, "answerable": False},
)
CORPUS = lines(
    {"id": "a", "title": "Kettle", "text": FILTER, "year": 2021},
    {"id": "b", "title": "", "text": LID, "document": "lid.md", "start": 40, "meta": {"headings": ["Lid"]}},
    {"id": "c", "title": "", "text": ""},
)
QUESTIONS = lines(
    {"id": "1", "question": "How long?", "answers": ["three months"], "positives": ["a"], "answerable": True},
    {"id": "2", "question": "Who designed it?", "answers": [], "positives": ["b"], "answerable": False},
    {"id": "3", "question": "lid", "answers": [], "positives": ["b", "c"], "grades": {"b": 2, "c": 1}},
    {
        "id": "4",
        "question": "And the lid?",
        "answers": ["Lift the lid by its knob."],
        "positives": ["b"],
        "negatives": ["a"],
        "long": True,
        "history": ["How long?", "three months"],
        "rewrite": "How is the lid opened?",
        "need": 2,
    },
)
OPEN_QUESTIONS = lines(
    {"id": "1", "question": "How long?", "answers": ["['three months', \"a quarter's length\"]"], "positives": []}
)
BEIR_CORPUS = lines(
    {"_id": "a", "title": "Kettle", "text": FILTER, "metadata": {"url": "kettle.html"}},
    {"_id": "b", "title": "Lid", "text": ""},
)
BEIR_QUERIES = lines({"_id": "q1", "text": "filter"}, {"_id": "q2", "text": "lid"}, {"_id": "q3", "text": "unjudged"})
BEIR_QRELS = table(("query-id", "corpus-id", "score"), ("q1", "a", "2"), ("q1", "b", "0"), ("q2", "b", "1"))
TREC_QRELS = "1 0 a 2\n1 0 b 0\n2 0 b 1\n"
TREC_QUERIES = 'q "filter"\n'.replace("q ", "1\t") + "2\tlid\n3\tunjudged\n"
TREC_COLLECTION = f"a\t{FILTER}\nb\t{LID}\n"
TREC_RUN = "1 Q0 b 2 1.5 mine\n1 Q0 a 1 1.5 mine\n1 Q0 c 3 9 mine\n2 Q0 b 1 -3e-1 mine\n"
CLARIQ = table(
    (
        *("topic_id", "initial_request", "topic_desc", "clarification_need"),
        *("facet_id", "facet_desc", "question_id", "question", "answer"),
    ),
    ("5", "Tell me of kettles.", "All of kettles.", "3", "F1", '"The ""red"" one."', "Q2", "any colour", "red"),
    ("5", "Tell me of kettles.", "All of kettles.", "3", "F1", "The large one.", "Q3", "any size", "large"),
    ("5", "Tell me of kettles.", "All of kettles.", "3", "F1", "The large one.", "Q1", "", ""),
    ("6", "Tell me of lids.", "All of lids.", "1", "F2", "Lids.", "Q1", "", ""),
)
BANK = table(("question_id", "question"), ("Q1", ""), ("Q2", "any colour"), ("Q3", "any size"), ("Q4", "any price"))
TURNS = table(
    (
        "",
        "topic_id",
        "facet_id",
        "facet",
        "initial_request",
        *(f"{w}{n}" for n in "123" for w in ("question", "answer")),
    ),
    ("0", "5", "F1", "The red one.", "Tell me of kettles.", "any size", "no", "any colour", "red", "", ""),
)
QULAC = {
    "topic_id": {"0": 5, "1": 5, "2": 5},
    "facet_id": {"0": 1, "1": 1, "2": 2},
    "topic_facet_question_id": {"0": "5-1-0", "1": "5-1-1", "2": "5-2-1"},
    "topic": {"0": "kettles", "1": "kettles", "2": "kettles"},
    "question": {"0": "", "1": "any size", "2": "any size"},
}
CSV = (
    "question,answer,passage,title,answerable\n"
    f'"How long, in months?",three months,"{FILTER}",Kettle,yes\n'
    f'"Who designed it?",,"{FILTER}",Kettle,no\n'
)
HEADLESS = table(("how long does it last", "['three months', '3 months']"), ("what colour", '"[""the king\'s red""]"'))


def written(folder: Path, files: dict[str, str], *, zipped: bool = False) -> Path:
    """The files in ``folder``; the only one, or the folder."""
    paths = []
    for name, text in files.items():
        path = folder / (f"{name}.gz" if zipped else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        path.write_bytes(gzip.compress(data) if zipped else data)
        paths.append(path)
    return paths[0] if len(paths) == 1 else folder


def spelled(value) -> str:
    return json.dumps(value, ensure_ascii=False)


# Every form: its name, and the files that are one set of it.
FORMS = {
    "beir": {"corpus.jsonl": BEIR_CORPUS, "queries.jsonl": BEIR_QUERIES, "qrels/test.tsv": BEIR_QRELS},
    "canard": {"canard.json": spelled(CANARD)},
    "canard lines": {"turns.jsonl": lines(TURN)},
    "clariq": {"train.tsv": CLARIQ},
    "clariq-turns": {"turns.tsv": TURNS},
    "cmrc": {"cmrc.json": spelled(CMRC)},
    "csv": {"questions.csv": CSV},
    "csv of DPR": {"nq.qa.csv": HEADLESS},
    "dpr": {"biencoder.json": spelled(DPR)},
    "folder": {"corpus.jsonl": CORPUS, "questions.jsonl": QUESTIONS},
    "nq-open": {"nq.jsonl": NQ_OPEN},
    "psgs": {"psgs_w100.tsv": PSGS},
    "quac": {"quac.json": spelled(QUAC)},
    "qulac": {"qulac.json": spelled(QULAC)},
    "squad": {"squad.json": spelled(SQUAD)},
    "trec": {"qrels.txt": TREC_QRELS, "queries.tsv": TREC_QUERIES, "collection.tsv": TREC_COLLECTION},
}

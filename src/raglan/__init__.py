"""Retrieval-augmented generation that learns: answers from your documents, every sentence with its source."""

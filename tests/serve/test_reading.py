def test_documents_are_listed_page_by_page(client):
    first = client.get("/v1/documents", params={"limit": 3}).json()
    assert first["total"] == 4
    assert len(first["documents"]) == 3
    rest = client.get("/v1/documents", params={"limit": 3, "after": first["next"]}).json()
    assert rest["next"] is None
    names = [one["id"] for one in first["documents"] + rest["documents"]]
    assert sorted(names) == ["descaling.md", "hours.txt", "warranty.md", "保修.md"]
    assert all(one["passages"] and one["characters"] for one in first["documents"])


def test_a_document_is_read_with_its_blocks(client):
    told = client.get("/v1/documents/warranty.md").json()
    assert told["title"] == "Warranty"
    heading = told["blocks"][0]
    assert heading["kind"] == "heading"
    assert "Warranty" in told["text"][heading["start"] : heading["end"]]


def test_a_file_comes_back_as_it_was(client, store):
    response = client.get("/v1/files/warranty.md")
    assert response.content == (store.parent / "warranty.md").read_bytes()
    assert response.headers["content-disposition"].startswith("attachment")
    assert client.get("/v1/files/保修.md").status_code == 200


def test_what_is_not_there_is_told(client):
    for path in ("documents/none.md", "files/none.md", "files/../store.sqlite", "files/%2e%2e%2fstore.sqlite"):
        response = client.get(f"/v1/{path}")
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "not_found"


def test_skipped_files_are_named(client):
    assert client.get("/v1/skipped").json() == {"skipped": []}

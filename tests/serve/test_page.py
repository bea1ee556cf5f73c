"""The page in a real browser, against a real server; what a test cannot bring about for sure is put in between."""

import io
import json
import re
import shutil
import threading
import time
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve")
pytest.importorskip("uvicorn", reason="needs the extra serve")
pytest.importorskip("playwright.sync_api", reason="drives the page through playwright")

import uvicorn
from filelock import FileLock
from playwright.sync_api import expect, sync_playwright

from raglan.graph.following import refreshed
from raglan.ingest import reasons
from raglan.ingest.reasons import CODES
from raglan.serve.app import app
from raglan.serve.service import Options, Service
from raglan.store.feedback import FeedbackLog
from tests.serve.conftest import HASHING, TEXTS, filled

expect.set_options(timeout=15_000)  # a busy machine is no fault
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run"
PAGE = Path(__file__).parents[2] / "src" / "raglan" / "serve" / "page"
HANDBOOK = Path(__file__).parents[2] / "examples" / "handbook"
EVIL = (
    "# Zebra <script>document.title='owned'</script>\n\n"
    "<img src=x onerror=\"document.title='owned'\"> Two faces 😀😀 stand before it. "
    "The colour of the zebra is violet 😀 and gold. Nothing else is known.\n"
)
NO_DOCUMENTS: dict[str, object] = {"documents": [], "next": None, "total": 0}
WARRANTY = "How long is the warranty for all machines?"
ZEBRA = "What is the colour of the zebra?"
ABSENT = "Who won the football world cup in 1998?"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelf")
    shutil.copy(HANDBOOK / "fx-200-manual.pdf", folder)
    return Service(filled(folder, {**TEXTS, "zebra.md": EVIL}), HASHING, Options(queue=16, threads=4))


@pytest.fixture(scope="module")
def address(service):
    settings = uvicorn.Config(app(service), port=0, ws="none", log_level="warning")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    assert server.started
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(30)


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield opened
        opened.close()


@pytest.fixture
def visit(browser, address):
    """Opens the page as somebody with these settings; every script error is a failure."""
    contexts, faults = [], []

    def made(script=None, **settings):
        usual = {"viewport": {"width": 1360, "height": 850}, "locale": "en-GB", "reduced_motion": "reduce"}
        wanted = {"base_url": address, **usual, **settings}
        context = browser.new_context(**wanted)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
        if script:
            page.add_init_script(script)
        page.goto(address)
        return page

    yield made
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture
def page(visit):
    return visit()


def ask(page, question):
    page.fill("#question", question)
    with page.expect_response("**/v1/answer"):
        page.press("#question", "Enter")
    last = page.locator(".turn").last
    expect(last.locator(".busy")).to_have_count(0)
    return last


def told(page, question):
    """The answer as the server tells it to whoever asks it directly."""
    return page.request.post("/v1/answer", data={"question": question}).json()


def said(service):
    return [(one.query, one.passage, one.verdict, one.note) for one in FeedbackLog(service.whole.store).all()]


def reply(answer="", **more):
    """An answer as the server would give it."""
    whole = {"id": "0", "answer": answer, "abstained": not answer, "confidence": 0.5, "clarify": None, "citations": []}
    return {**whole, "evidence": [], "coverage": None, "seconds": {}, **more}


def zipped(members):
    """An archive with these members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def streamed(*events):
    return "".join(f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n" for name, data in events)


def fulfil(route, *events):
    route.fulfill(status=200, content_type="text/event-stream", body=streamed(*events))


def test_both_languages_say_the_same():
    script = (PAGE / "page.js").read_text(encoding="utf-8")
    english, chinese = re.findall(r"^  (?:en|zh): \{\n(.*?)^  \},", script, re.MULTILINE | re.DOTALL)
    keys = [re.findall(r"^    (\w+): (.*),$", part, re.MULTILINE) for part in (english, chinese)]
    assert [key for key, _ in keys[0]] == [key for key, _ in keys[1]]
    for (key, one), (_, other) in zip(*keys, strict=True):
        assert sorted(re.findall(r"\{\w+\}", one)) == sorted(re.findall(r"\{\w+\}", other)), key


def test_every_reason_for_a_skipped_file_has_chinese_words():
    script = (PAGE / "page.js").read_text(encoding="utf-8")
    [table] = re.findall(r"const REASONS = \{\n(.*?)^\};", script, re.MULTILINE | re.DOTALL)
    words = dict(re.findall(r"^  (\w+): \[(.*)\],$", table, re.MULTILINE))
    assert set(words) == set(CODES) - {"other"}
    for code, said in words.items():
        holds = {name for one, pattern in reasons._KNOWN if one == code for name in pattern.groupindex}
        assert set(re.findall(r"\$(\w+)", said)) <= holds, code
        assert re.search(r"[\u4e00-\u9fff]", said)


def test_codes_of_errors_that_the_page_knows_are_told_by_the_server():
    script = (PAGE / "page.js").read_text(encoding="utf-8")
    [table] = re.findall(r"const BY_CODE = \{\n(.*?)^\};", script, re.MULTILINE | re.DOTALL)
    known = set(re.findall(r"^  (\w+):", table, re.MULTILINE))
    source = "".join(file.read_text(encoding="utf-8") for file in PAGE.parent.glob("*.py"))
    assert all(f'"{code}"' in source for code in known)


def test_the_files_ask_nothing_of_a_network_and_hold_nothing_inline():
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script>", page)
    for name in ("index.html", "page.css", "page.js"):
        text = (PAGE / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|@import|innerHTML|insertAdjacentHTML|document\.write|\beval\b", text)


@pytest.mark.parametrize("question", [WARRANTY, ZEBRA, "所有机器的保修期是多长？"])
def test_a_citation_opens_at_its_characters(page, question):
    turn = ask(page, question)
    whole = told(page, question)
    [cited] = whole["citations"]
    document = page.request.get(f"/v1/documents/{cited['document']}").json()
    mark = turn.locator("button.mark")
    assert turn.locator(".prose .said").all_inner_texts()
    mark.click()
    marked = page.locator("#panel mark")
    expect(marked).to_be_in_viewport()
    assert marked.text_content() == document["text"][cited["start"] : cited["end"]] == cited["quote"]
    assert marked.get_attribute("data-start") == str(cited["start"])
    assert marked.get_attribute("data-end") == str(cited["end"])
    expect(page.locator("#panel-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()
    expect(page.locator("#panel")).to_be_hidden()


def test_a_mark_shows_its_quote_and_lights_its_sentence(page):
    turn = ask(page, WARRANTY)
    quote = told(page, WARRANTY)["citations"][0]["quote"]
    turn.locator("button.mark").focus()
    expect(page.locator("#hint")).to_contain_text(quote)
    assert "".join(turn.locator(".said.lit").all_text_contents()) == turn.locator(".prose .said").evaluate_all(
        "parts => parts.map((one) => one.textContent).join('')"
    )
    page.locator("#question").focus()
    expect(page.locator("#hint")).to_be_hidden()
    expect(turn.locator(".said.lit")).to_have_count(0)


def test_what_documents_say_stays_text(page):
    ask(page, ZEBRA).locator("button.mark").click()
    expect(page.locator("#panel-body")).to_contain_text("<script>document.title='owned'</script>")
    expect(page.locator("#panel-body")).to_contain_text("onerror=")
    ask(page, "<script>document.title='owned'</script> zebra?")
    assert page.locator("article script, #panel script, article img, #panel img").count() == 0
    assert "owned" not in re.sub(r"<script>.*?</script>", "", page.title())


GRINDER = "How many settings does the grinder of the FX-200 have?"


def test_a_page_of_a_pdf_is_shown_with_the_place_on_it(page):
    turn = ask(page, GRINDER)
    expect(turn.locator(".source").first).to_contain_text("fx-200-manual.pdf, page 2")
    with page.expect_response("**/v1/pages/2/**") as drawn:
        turn.locator("button.mark").first.click()
    [cited] = told(page, GRINDER)["citations"]
    assert drawn.value.url.endswith(f"?start={cited['start']}&end={cited['end']}")
    picture = page.locator("#panel canvas.ready")
    expect(picture).to_have_attribute(
        "aria-label", re.compile("Page 2 of FX-200 User Manual.*" + re.escape(cited["quote"]))
    )
    assert picture.evaluate("(box) => box.width * box.height") > 100_000
    page.get_by_role("button", name="Next page").click()
    expect(page.locator("#panel")).to_contain_text("Page 3 of 3")
    page.get_by_role("button", name="Text", exact=True).click()
    assert page.locator("#panel mark").text_content() == cited["quote"]


def test_a_page_that_cannot_be_drawn_is_shown_as_its_text(page):
    page.route("**/v1/pages/**", lambda route: route.fulfill(status=404, json={"error": {}}))
    ask(page, GRINDER).locator("button.mark").first.click()
    expect(page.locator("#panel mark")).to_contain_text("nine settings")
    expect(page.get_by_role("button", name="Page", exact=True)).to_have_count(0)


def test_light_and_dark_are_chosen_and_remembered(visit):
    page = visit(color_scheme="dark")

    def paper():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert paper() == "rgb(20, 23, 27)"
    page.click("#theme")
    assert (page.locator("#theme").get_attribute("aria-label"), paper()) == ("Light", "rgb(255, 255, 255)")
    page.reload()
    assert paper() == "rgb(255, 255, 255)"
    page.click("#theme")
    assert (page.locator("#theme").get_attribute("aria-label"), paper()) == ("Dark", "rgb(20, 23, 27)")


# The stream comes in pieces that end within a character and within an event.
SLOWLY = """
window.fetch = ((real) => (path, options) => {
  if (path !== "/v1/answer") return real(path, options);
  const bytes = new TextEncoder().encode(window.events);
  let at = 0;
  const body = new ReadableStream({
    start: (pipe) => options.signal.addEventListener("abort", () => pipe.error(new DOMException("", "AbortError"))),
    pull(pipe) {
      if (at < bytes.length) pipe.enqueue(bytes.slice(at, (at += 7)));
      else return new Promise((go) => (window.finish = go)).then(() => {
        pipe.enqueue(new TextEncoder().encode(window.last));
        pipe.close();
      });
    },
  });
  return Promise.resolve(new Response(body, { headers: { "Content-Type": "text/event-stream" } }));
})(window.fetch);
"""


def test_an_answer_is_shown_as_it_comes(visit):
    page = visit(SLOWLY)
    piece = {"document": "a.md", "passage": "a.md:0", "weight": 1.0, "text": "质保两年。"}
    parts = streamed(("evidence", {"evidence": [piece]}), ("delta", {"text": "质保"}), ("delta", {"text": "两年。😀"}))
    cited = {"document": "a.md", "page": None, "start": 0, "end": 5, "quote": "质保两年。", "support": 1.0}
    whole = reply("😀 质保两年。", citations=[{**cited, "answer_start": 2, "answer_end": 7}], evidence=[piece])
    page.evaluate("([events, last]) => Object.assign(window, { events, last })", [parts, streamed(("answer", whole))])
    page.fill("#question", "?")
    page.keyboard.press("Enter")
    expect(page.locator(".partial")).to_have_text("质保两年。😀")
    expect(page.locator(".busy")).to_have_text("Reading 1 passage")
    page.evaluate("window.finish()")
    expect(page.locator("button.mark")).to_have_count(1)
    assert "".join(page.locator(".prose .said").all_text_contents()) == "质保两年。"
    expect(page.locator("#say")).to_contain_text("Answer: 😀 质保两年。")


def test_stop_gives_up_the_request(visit):
    page = visit(SLOWLY)
    page.evaluate("events => Object.assign(window, { events })", streamed(("delta", {"text": "It is"})))
    page.fill("#question", WARRANTY)
    page.keyboard.press("Enter")
    expect(page.locator(".partial")).to_have_text("It is")
    page.click("#stop")
    expect(page.locator(".turn")).to_contain_text("not checked against its sources")
    expect(page.locator("#send")).to_be_visible()


def test_a_busy_server_is_asked_again(page):
    answers = iter([lambda route: route.fulfill(status=429, headers={"Retry-After": "1"}, json={"error": {}})])

    def between(route):
        next(answers, lambda one: one.continue_())(route)

    page.route("**/v1/answer", between)
    page.fill("#question", WARRANTY)
    page.keyboard.press("Enter")
    expect(page.locator(".busy")).to_contain_text("Trying again in 1 s")
    expect(page.locator("button.mark")).to_have_count(1)


def test_a_failure_is_told_with_a_way_out(page):
    page.route("**/v1/answer", lambda route: route.fulfill(status=500, json={"error": {"code": "x", "message": "<b>"}}))
    turn = ask(page, WARRANTY)
    expect(turn.get_by_role("alert")).to_contain_text("The server could not do that.")
    expect(turn.get_by_role("alert")).to_contain_text("<b>")
    page.unroute("**/v1/answer")
    turn.get_by_role("button", name="Try again").click()
    expect(page.locator("button.mark")).to_have_count(1)
    page.context.set_offline(True)
    expect(page.locator("#banner")).to_contain_text("You are offline")
    page.context.set_offline(False)
    expect(page.locator("#banner")).to_be_hidden()


def test_a_question_back_offers_choices(page):
    asked = []

    def between(route):
        asked.append(route.request.post_data_json)
        back = {"question": "Which machine?", "options": ["FX-100", "FX-200"]}
        fulfil(route, ("answer", reply(clarify=back, abstained=False) if len(asked) == 1 else reply("649 pounds.")))

    page.route("**/v1/answer", between)
    ask(page, "What does it cost?").get_by_role("button", name="FX-100").click()
    expect(page.locator(".turn").last.locator(".prose")).to_have_text("649 pounds.")
    assert asked[1]["question"] == "FX-100"
    assert [one["text"] for one in asked[1]["history"]] == ["What does it cost?", "Which machine?"]
    expect(page.get_by_role("button", name="FX-200")).to_be_disabled()


def test_what_the_documents_do_not_tell(page, service):
    turn = ask(page, ABSENT)
    expect(turn).to_contain_text("Not in these documents")
    nearest = told(page, ABSENT)["evidence"][0]["passage"]
    turn.get_by_role("button", name="Search for these words").click()
    expect(turn.locator(".hits li").first).to_be_visible()
    turn.get_by_role("button", name="This one answers it").first.click()
    expect(turn).to_contain_text("Training will read it")
    assert [(query, passage, verdict) for query, passage, verdict, _ in said(service)][-1:] == [(ABSENT, nearest, 1)]


def test_opinions_reach_the_store(page, service):
    turn = ask(page, WARRANTY)
    whole = told(page, WARRANTY)
    judged, other = (piece["passage"] for piece in whole["evidence"][:2])
    turn.get_by_role("button", name="Good answer").click()
    expect(turn.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
    assert said(service)[-1][:3] == (WARRANTY, judged, 1)
    turn.get_by_role("button", name="Wrong or missing something").click()
    page.keyboard.type("It is 36 months.")
    turn.locator(f'.blame input[value="{other}"]').check()
    turn.get_by_role("button", name="Keep").click()
    expect(turn.locator(".blame")).to_have_count(0)
    wrong, right = said(service)[-2:]
    assert (wrong[1:3], right[1:3]) == ((judged, -1), (other, 1))
    assert wrong[3].startswith("It is 36 months.")


def test_why_not_this_passage(page):
    ask(page, WARRANTY).get_by_role("button", name="Why not another passage?").click()
    page.fill("#why-find", "pump stops at error")
    page.press("#why-find", "Enter")
    page.locator("button.pick").first.click()
    expect(page.locator(".stages li").first).to_contain_text("it stands in descaling.md")
    assert page.locator(".stages li").count() > 2


def test_files_are_added_told_of_and_deleted(page, tmp_path):
    (tmp_path / "canteen.md").write_text("# Canteen\n\nLunch is served from noon to two.\n", encoding="utf-8")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    page.click("#shelf")
    page.set_input_files("#files", [tmp_path / "canteen.md", tmp_path / "broken.pdf"])
    job = page.locator(".job")
    expect(job).to_have_attribute("data-state", "done", timeout=20_000)
    expect(job).to_contain_text("1 document added")
    expect(job.locator(".skipped")).to_contain_text("broken.pdf")
    [skipped] = page.request.get("/v1/skipped").json()["skipped"]
    expect(job.locator(".skipped")).to_contain_text(f"{skipped['reason']}; {skipped['hint']}")
    expect(page.locator("details.skipped")).to_contain_text("Skipped files (1)")
    page.fill("#filter", "cant")
    expect(page.locator(".shelf li")).to_have_count(1)
    page.get_by_role("button", name="Delete Canteen").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Canteen deleted")
    assert "Canteen" not in page.request.get("/v1/documents?limit=100").text()


def test_dropped_files_are_sent_and_can_be_cancelled(page):
    states = [{"state": "reading", "done": 40, "total": 100}, {"state": "encoding", "done": 1, "total": 2}]
    more = {"id": "j", "added": 0, "skipped": [], "documents": []}
    sent, cancelled = [], []

    def job(route):
        if route.request.method == "DELETE":
            cancelled.append(route.request.url)
        now = {"state": "cancelled", "done": 1, "total": 2} if cancelled else states[0]
        route.fulfill(json={**more, **now})

    def take(route):
        sent.append(route.request.post_data)
        route.fulfill(status=202, json={"job": "j", "accepted": ["a.txt"], "refused": []})

    page.route("**/v1/documents", lambda route: take(route) if route.request.method == "POST" else route.continue_())
    page.route("**/v1/jobs/j", job)
    page.evaluate("""() => {
      const held = new DataTransfer();
      held.items.add(new File(["words"], "a.txt", { type: "text/plain" }));
      const how = { dataTransfer: held, bubbles: true, cancelable: true };
      const now = (name) => document.dispatchEvent(new DragEvent(name, how));
      now("dragenter");
      window.seen = !document.getElementById("drop").hidden;
      now("drop");
    }""")
    card = page.locator(".job")
    expect(card).to_contain_text("Reading: 40%")
    assert page.evaluate("window.seen")
    assert card.locator("progress").evaluate("bar => bar.value") == pytest.approx(0.4)
    assert "a.txt" in sent[0]
    states.pop(0)
    expect(card).to_contain_text("1 of 2 passages")
    card.get_by_role("button", name="Cancel").click()
    expect(card).to_contain_text("Cancelled. Nothing was added.")
    assert len(cancelled) == 1


@pytest.mark.parametrize("width", [1360, 390])
def test_long_names_push_nothing_out_of_sight(visit, width):
    page = visit(viewport={"width": width, "height": 800})
    name = "a-report-of-the-service-department-with-all-of-its-appendices-" * 3
    state = {"id": "j", "added": 0, "skipped": [], "documents": [], "state": "reading", "done": 4, "total": 10}
    refused = [
        {"name": f"{name}.zip", "reason": "an archive (zip)", "hint": "unpack it", "code": "archive", "values": {}}
    ]
    taken = {"job": "j", "accepted": [f"{name}{end}.pdf" for end in "abcd"], "refused": refused}
    page.route("**/v1/jobs/j", lambda route: route.fulfill(json=state))
    page.route(
        "**/v1/documents",
        lambda route: (
            route.fulfill(status=202, json=taken)
            if route.request.method == "POST"
            else route.fulfill(json=NO_DOCUMENTS)
        ),
    )
    if width < 500:
        page.click("#side-open")
    page.click("#shelf")
    page.set_input_files("#files", [{"name": "a.txt", "mimeType": "text/plain", "buffer": b"words"}])
    card = page.locator(".job")
    expect(card).to_contain_text("Reading: 40%")
    expect(card.get_by_role("button", name="Cancel")).to_be_in_viewport(ratio=1)
    for part in (".job", ".job p", ".job li", "progress"):
        boxes = page.locator(f"#panel {part}").evaluate_all(
            "all => all.map((one) => one.getBoundingClientRect().right)"
        )
        assert boxes
        assert max(boxes) <= width


def chapter(number):
    """A text that takes its time to be cut and indexed, with one sentence that stands in no other."""
    words = [f"Shelf {number}-{at} holds {at * 7 % 97} boxes of part P{number * 1_000 + at}." for at in range(4_000)]
    return "\n\n".join([f"# Chapter {number}", f"The guardian of chapter {number} is Quill{number}.", *words]).encode()


def test_a_job_under_way_is_cancelled(page, service):
    files = {f"chapter-{number:02}.md": chapter(number) for number in range(40)}
    before = page.request.get("/v1/about").json()["documents"]
    page.click("#shelf")
    payload = [{"name": name, "mimeType": "text/markdown", "buffer": data} for name, data in files.items()]
    with page.expect_response(lambda reply: reply.url.endswith("/v1/documents") and reply.status == 202) as taken:
        page.set_input_files("#files", payload)
    card = page.locator(".job")
    # Some of it is read, and not all.
    expect(card.locator("progress[value]")).to_have_count(1)
    page.wait_for_function("() => { const bar = document.querySelector('.job progress'); return bar?.value > 0 }")
    expect(card).to_have_attribute("data-state", "reading")
    card.get_by_role("button", name="Cancel").click()
    expect(card).to_have_attribute("data-state", "cancelled")
    job = page.request.get(f"/v1/jobs/{taken.value.json()['job']}").json()
    assert job["state"] == "cancelled"
    kept = {name.rpartition("/")[2] for name in job["documents"]}
    assert 0 < len(kept) < len(files), "the job was neither too short nor too long to be cancelled"
    noun = "1 document read until then is" if len(kept) == 1 else f"{len(kept)} documents read until then are"
    expect(card).to_contain_text(f"Cancelled. {noun} kept.")
    # What was read is there and answers; the rest is nowhere.
    about = page.request.get("/v1/about").json()
    assert about["documents"] == before + len(kept)
    assert {file.name for file in (service.folder / "uploads").rglob("chapter-*")} == kept
    assert not [file for file in (service.folder / "incoming").rglob("*") if file.is_file()]
    expect(page.locator("#shelf-count")).to_have_text(str(about["documents"]))
    page.fill("#filter", "chapter-")
    expect(page.locator(".shelf li")).to_have_count(len(kept))
    last = max(int(name[8:10]) for name in kept)
    for number, there in ((last, True), (39, False)):
        hits = page.request.post("/v1/search", data={"query": f"Quill{number}", "k": 1}).json()["hits"]
        assert (f"Quill{number}." in hits[0]["text"]) is there
    for name in job["documents"]:
        page.request.delete(f"/v1/documents/{name}")


def test_files_that_are_with_the_server_already_are_cancelled_there(page, service, monkeypatch):
    go_on, take = threading.Event(), service.take

    def slowly(*given):
        go_on.wait(20)
        take(*given)

    monkeypatch.setattr(service, "take", slowly)
    page.click("#shelf")
    # As if another worker were at it.
    with FileLock(service.folder / "jobs.lock"):
        page.set_input_files(
            "#files", [{"name": "late.txt", "mimeType": "text/plain", "buffer": b"Nobody reads this."}]
        )
        page.wait_for_function("() => document.querySelector('.job progress')?.value === 1")
        card = page.locator(".job")
        card.get_by_role("button", name="Cancel").click()
        expect(card).to_contain_text("Cancelling")
        with page.expect_response(lambda reply: reply.request.method == "DELETE") as asked:
            go_on.set()
        assert "/v1/jobs/" in asked.value.url
    expect(card).to_have_attribute("data-state", "cancelled")
    expect(card).to_contain_text("Cancelled. Nothing was added.")
    assert not list(service.folder.rglob("late.txt"))


def test_chinese(visit):
    page = visit(locale="zh-CN")
    expect(page.locator(".hello h2")).to_have_text("向你的文档提问")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    turn = ask(page, "所有机器的保修期是多长？")
    expect(turn.locator(".prose")).to_contain_text("二十四个月")
    turn.get_by_role("button", name="为什么没用别的段落？").click()
    page.fill("#why-text", "维修不会延长保修期")
    page.get_by_role("button", name="查看各个阶段").click()
    expect(page.locator(".stages li").first).to_have_text(re.compile("读取 保留.*在 保修.md 中"))
    ranks = page.locator(".stages li").filter(has_text="排名：")
    expect(ranks.first).to_contain_text(re.compile("排名：按词.*第 1 名.*（按词）"))
    assert not re.search("words|vectors", " ".join(page.locator(".stages li").all_inner_texts()))
    page.click("#language")
    expect(page.locator("#panel-title")).to_have_text("Why not this passage?")
    page.reload()
    expect(page.locator(".hello h2")).to_have_text("Ask your documents")


def test_what_was_not_taken_is_told_in_chinese(visit, tmp_path):
    files = {
        "空.txt": b"",
        "扫描.png": b"\x89PNG\r\n\x1a\n" + bytes(64),
        "打包.zip": zipped({"a.txt": b"words"}),
        "坏的.pdf": b"%PDF-1.4 nothing",
        "坏的.docx": zipped({"word/styles.xml": b"<a/>"}),
        "行.jsonl": b'{"text": "It holds."}\n[1\n',
        ".隐藏.txt": b"words",
    }
    page = visit(locale="zh-CN")
    page.click("#shelf")
    payload = [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files.items()]
    page.set_input_files("#files", payload)
    job = page.locator(".job")
    expect(job).to_have_attribute("data-state", "done", timeout=20_000)
    told = job.locator(".skipped li").all_inner_texts()
    assert len(told) == len(files), told
    for line in told:
        reason = line
        for name in files:
            reason = reason.replace(name, "")
        # Names of formats stay as they are; no English is left.
        assert not re.search(r"[a-z]{3,} [a-z]+|; ", reason), line
        assert re.search(r"[\u4e00-\u9fff]", reason), line
    assert "空文件" in job.inner_text()
    page.click("#language")
    expect(page.locator(".job .skipped").first).to_contain_text("an image (PNG), not a text")


REFUSALS = [
    (413, {"code": "too_large", "message": "the body has more than 5 bytes; send less"}, "超出服务器单次可接收的大小"),
    (429, {"code": "rate", "message": "too many requests; try again in 1 s"}, "请求过于频繁"),
    (503, {"code": "late", "message": "the server took longer than it may"}, "用时过长"),
    (503, {"code": "store", "message": "the store cannot be used right now; try again"}, "文档库暂时无法使用"),
    (421, {"code": "host", "message": "this server is not known as evil.example"}, "服务器不认这个名称"),
]


@pytest.mark.parametrize(("status", "error", "words"), REFUSALS)
def test_errors_are_told_in_chinese(visit, status, error, words):
    page = visit(locale="zh-CN")
    page.route("**/v1/answer", lambda route: route.fulfill(status=status, json={"error": error}))
    alert = ask(page, "保修期多长？").get_by_role("alert")
    expect(alert).to_contain_text(words)
    expect(alert).not_to_contain_text(error["message"])
    page.click("#language")
    expect(alert).to_contain_text(error["message"])


def test_enter_that_ends_a_chinese_word_sends_nothing(page):
    page.fill("#question", "保修")
    page.locator("#question").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    page.keyboard.press("Shift+Enter")
    assert page.locator(".turn").count() == 0
    assert page.input_value("#question").endswith("\n")


def test_a_phone_needs_no_scrolling_sideways(visit):
    page = visit(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)

    def fits():
        return page.evaluate(
            "[document.documentElement, ...document.querySelectorAll('#talk, #panel-body, #side')]"
            ".every((box) => box.scrollWidth <= box.clientWidth && box.getBoundingClientRect().width <= innerWidth)"
        )

    assert fits()
    turn = ask(page, WARRANTY)
    turn.locator(".evidence summary").tap()
    assert fits()
    turn.locator("button.mark").tap()
    expect(page.locator("#panel mark")).to_be_in_viewport()
    assert fits()
    assert page.locator("#panel").bounding_box()["width"] == 390
    page.tap("#panel-close")
    page.tap("#side-open")
    expect(page.locator("#shelf")).to_be_in_viewport()
    page.tap("#shelf")
    expect(page.locator(".shelf li").first).to_be_visible()
    assert fits()


def test_all_of_it_by_keyboard(page):
    def tab_to(selector):
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.locator(f"{selector}:focus").count():
                return
        pytest.fail(f"Tab does not come to {selector}")

    page.locator("#begin").focus()
    page.keyboard.press("/")
    page.keyboard.type(WARRANTY)
    page.keyboard.press("Enter")
    expect(page.locator("button.mark")).to_have_count(1)
    page.locator("#talk").focus()
    tab_to("button.mark")
    page.keyboard.press("Enter")
    expect(page.locator("#panel mark")).to_be_visible()
    tab_to("#panel-close")
    page.keyboard.press("Enter")
    expect(page.locator("button.mark")).to_be_focused()
    tab_to(".evidence summary")
    page.keyboard.press("Enter")
    tab_to(".bars .link")
    page.keyboard.press("Enter")
    expect(page.locator("#panel mark").first).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("#begin").focus()
    tab_to("#shelf")
    page.keyboard.press("Enter")
    tab_to(".doc")
    page.keyboard.press("Enter")
    expect(page.locator(".sheet")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#panel-back")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#filter")).to_be_visible()


def test_conversations_are_kept_renamed_saved_and_deleted(page):
    ask(page, WARRANTY)
    ask(page, ABSENT)
    page.reload()
    page.locator("button.talk").click()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator("button.mark")).to_have_count(1)
    page.click("#rename")
    page.fill("#name-input", "All of <b>it</b>")
    page.keyboard.press("Enter")
    expect(page.locator("#title")).to_have_text("All of <b>it</b>")
    with page.expect_download() as saved:
        page.click("#export")
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    [cited] = told(page, WARRANTY)["citations"]
    assert text.startswith("# All of <b>it</b>\n\n## " + WARRANTY)
    assert f"[1] {cited['document']} ({cited['start']}–{cited['end']}): {cited['quote']}" in text
    page.click("#drop-talk")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("button.talk")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('raglan.talk'))") == []


def test_an_answer_is_copied_with_its_sources(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    ask(page, WARRANTY).get_by_role("button", name="Copy with sources").click()
    expect(page.locator("#toasts")).to_contain_text("Copied")
    [cited] = told(page, WARRANTY)["citations"]
    assert f" [1]\n\n[1] {cited['document']}" in page.evaluate("navigator.clipboard.readText()")


def test_one_file_is_asked(page):
    ask(page, WARRANTY).locator("button.mark").click()
    page.get_by_role("button", name="Ask only this file").click()
    expect(page.locator("#scope")).to_contain_text("Only in warranty.md")
    with page.expect_request("**/v1/answer") as asked:
        ask(page, "What is not covered?")
    assert asked.value.post_data_json["where"] == {"source": "warranty.md"}
    page.get_by_role("button", name="Ask all documents again").click()
    expect(page.locator("#scope")).to_be_hidden()


def test_the_graph_says_how_it_is_made_and_leads_to_its_sources(page, service):
    page.click("#graph")
    expect(page.locator("#panel-body")).to_contain_text("Nothing was read for this yet")
    expect(page.locator("#panel-body")).to_contain_text("raglan graph PATH")
    page.click("#panel-close")
    refreshed(service.whole.store)
    page.click("#graph")
    expect(page.locator(".web .thing").first).to_be_visible()
    page.fill("#graph-find", "warranty for all machines")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_have_text("warranty for all machines")
    fact = page.locator(".fact", has_text="24 months from the date of purchase")
    fact.click()
    expect(fact).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".web .joins.on")).to_have_count(1)
    page.locator(".facts .link:visible").click()
    marked = page.locator("#panel mark")
    expect(marked).to_be_in_viewport()
    whole = page.request.get("/v1/documents/warranty.md").json()["text"]
    start, end = (int(marked.get_attribute(f"data-{at}")) for at in ("start", "end"))
    assert "24 months" in whole[start:end]
    assert marked.text_content() == whole[start:end]
    page.click("#panel-back")
    # It is as it was left.
    expect(page.locator(".fact[aria-expanded=true]")).to_contain_text("24 months")


def test_a_line_of_the_graph_opens_what_states_it_and_a_thing_is_gone_to_by_keyboard(page, service):
    refreshed(service.whole.store)
    ask(page, WARRANTY).get_by_role("button", name="Things and facts in this answer").click()
    expect(page.locator(".fact").first).to_contain_text("24 months")
    page.locator(".web .near-line").first.dispatch_event("click")
    expect(page.locator(".fact[aria-expanded=true]")).to_be_focused()
    expect(page.locator(".facts .link:visible").first).to_be_in_viewport()
    thing = page.get_by_role("button", name=re.compile("^24 months from the date of purchase: "))
    thing.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_have_text("24 months from the date of purchase")
    expect(page.locator("#panel-title")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_have_text("Things and facts")
    page.fill("#graph-find", "<b>nobody</b>")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-body")).to_contain_text("Nothing is told of “<b>nobody</b>”.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Things and facts in this answer")).to_be_focused()


def test_the_graph_on_a_phone_in_chinese(visit, service):
    refreshed(service.whole.store)
    page = visit(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale="zh-CN")
    page.tap("#side-open")
    page.tap("#graph")
    expect(page.locator("#panel-title")).to_have_text("事物与关系")
    web = page.get_by_role("group", name=re.compile("^事物及其关系，共 [0-9]+ 条"))
    expect(web).to_be_visible()
    box = web.bounding_box()
    # What can be pressed lies within the drawing, and its letters are as large as those of the page.
    for one in page.locator(".web .thing circle").all():
        at = one.bounding_box()
        assert box["x"] <= at["x"]
        assert at["x"] + at["width"] <= box["x"] + box["width"]
    assert page.locator(".web").evaluate("(web) => web.getBoundingClientRect().width / web.viewBox.baseVal.width") > 0.9
    assert page.evaluate(
        "document.getElementById('panel-body').scrollWidth <= document.getElementById('panel-body').clientWidth"
    )
    page.locator(".fact").first.tap()
    expect(page.locator(".facts .link:visible").first).to_be_visible()


# What the light page is asked in full, the dark one is asked of its colours.
@pytest.mark.parametrize(
    ("settings", "rules"),
    [({"color_scheme": "light"}, {}), ({"color_scheme": "dark", "locale": "zh-CN"}, {"runOnly": ["color-contrast"]})],
    ids=["light", "dark"],
)
def test_axe_finds_nothing_serious(visit, service, settings, rules):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()

    def check(where):
        found = axe.run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
        bad = [one for one in found if one["impact"] in ("serious", "critical")]
        assert not bad, (where, [(one["id"], one["nodes"][0]["html"]) for one in bad])

    page = visit(**settings)
    check("empty")
    turn = ask(page, WARRANTY)
    turn.locator(".evidence summary").click()
    turn.locator("[aria-expanded]").click()
    check("answer")
    ask(page, ABSENT)
    check("abstention")
    page.locator("button.mark").first.click()
    expect(page.locator("#panel mark")).to_be_visible()
    check("document")
    page.click("#shelf")
    expect(page.locator(".shelf li").first).to_be_visible()
    check("shelf")
    refreshed(service.whole.store)
    page.click("#graph")
    page.locator(".fact").first.click()
    check("graph")
    page.click("#shelf")
    expect(page.locator(".shelf li").first).to_be_visible()
    page.locator(".shelf .icon").first.click()
    check("dialog")


# The last one: from the first key on, the server answers nobody without one.
def test_a_key_is_asked_for_and_kept_for_the_tab(visit, service):
    _, secret = service.keys.add("reader", ["read"], ["*"])
    page = visit()
    box = page.get_by_role("dialog", name="This server asks for a key")
    expect(page.locator("#key-input")).to_be_focused()
    page.fill("#key-input", "密钥")
    page.keyboard.press("Enter")
    expect(box.get_by_role("alert")).to_contain_text("copied whole")
    page.fill("#key-input", "rgl_wrong")
    page.keyboard.press("Enter")
    expect(box).to_contain_text("The server does not know this key.")
    page.fill("#key-input", secret)
    page.keyboard.press("Enter")
    expect(box).to_be_hidden()
    expect(ask(page, WARRANTY).locator("button.mark")).to_have_count(1)
    page.click("#shelf")
    expect(page.locator(".shelf li").first).to_be_visible()
    expect(page.get_by_role("button", name="Add files")).to_have_count(0)
    page.reload()
    expect(page.locator("button.talk")).to_have_count(1)
    expect(box).to_be_hidden()
    assert page.evaluate("Object.values(localStorage).join()").find(secret) < 0

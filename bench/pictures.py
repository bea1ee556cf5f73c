"""The pictures of the page in docs/pictures: made anew from the example handbook, in a real browser.

    python bench/pictures.py

needs the extra serve, playwright and a Chromium; of fonts, what the machine has is shown. A picture takes 200 kB at most.
"""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
HANDBOOK, PICTURES = ROOT / "examples" / "handbook", ROOT / "docs" / "pictures"
QUIET = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run"
MOST = 200_000  # bytes of a picture
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "reduced_motion": "reduce"}
PHONE: dict[str, Any] = {**DESK, "viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}
DARK: dict[str, Any] = {"color_scheme": "dark"}
CHINESE: dict[str, Any] = {"locale": "zh-CN"}


def main() -> None:
    """Serve a copy of the handbook, look at it, and save what is seen."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        shutil.copytree(HANDBOOK, Path(folder) / "handbook", ignore=shutil.ignore_patterns(".raglan"))
        browser = driver.chromium.launch(executable_path=_chromium(), args=QUIET.split())
        subprocess.run([sys.executable, "-m", "raglan", "graph", str(Path(folder) / "handbook"), "-k", "1"], check=True)
        with _served(Path(folder) / "handbook") as address:
            for name, picture in _pictures(browser, address, Path(folder)):
                print(f"{name}: {_save(name, picture):,} bytes")
        browser.close()


def _pictures(browser: Browser, address: str, folder: Path) -> Iterator[tuple[str, list[bytes]]]:
    yield "page-answer", [_answer(_visit(browser, address, DESK))]
    yield "page-chinese", [_chinese(_visit(browser, address, {**DESK, **CHINESE, **DARK}))]
    yield "page-absent", [_absent(_visit(browser, address, DESK))]
    yield "page-documents", [_documents(_visit(browser, address, DESK), folder)]
    yield "page-graph", [_graph(_visit(browser, address, DESK))]
    yield "page-phone", list(_phones(_visit(browser, address, PHONE), _visit(browser, address, {**PHONE, **DARK})))


def _answer(page: Page) -> bytes:
    _ask(page, "How many settings does the grinder of the FX-200 have?")
    page.locator(".evidence summary").click()
    page.locator("button.mark").click()
    page.locator("canvas.ready").wait_for()
    page.locator("button.mark").hover()
    return page.screenshot()


def _chinese(page: Page) -> bytes:
    _ask(page, "机器多久需要除垢一次？")
    _ask(page, "有多少条工单提到FX-300？")
    page.locator("button.mark").last.click()
    page.locator("#panel mark").wait_for()
    return page.screenshot()


def _absent(page: Page) -> bytes:
    _ask(page, "How many machines were sold in Germany in 2025?")
    page.get_by_role("button", name="Why not another passage?").click()
    page.fill("#why-text", "Lakeside Conference Centre, Suzhou: eleven machines")
    page.get_by_role("button", name="Show the stages").click()
    page.locator(".stages").wait_for()
    page.locator("#panel-title").focus()
    return page.screenshot()


def _documents(page: Page, folder: Path) -> bytes:
    for name, text in {
        "canteen.md": "# Canteen\n\nLunch is served from noon to two.\n",
        "scan.pdf": "%PDF-1.4",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    page.click("#shelf")
    page.set_input_files("#files", [folder / "canteen.md", folder / "scan.pdf"])
    page.locator(".job[data-state=done]").wait_for()
    page.locator(".shelf li").first.wait_for()
    return page.screenshot()


def _graph(page: Page) -> bytes:
    _ask(page, "How long is the delivery time of the FX-300?")
    page.click("#graph")
    page.fill("#graph-find", "FX-300")
    page.press("#graph-find", "Enter")
    page.locator(".fact", has_text="Delivery").click()
    page.locator("#panel-title").focus()
    return page.screenshot()


def _phones(light: Page, dark: Page) -> Iterator[bytes]:
    yield light.screenshot()
    _ask(light, "How long is the warranty?")
    light.locator(".evidence summary").tap()
    yield light.screenshot()
    _ask(dark, "What does error E-07 mean?")
    dark.locator("button.mark").tap()
    dark.locator("#panel mark").wait_for()
    yield dark.screenshot()


def _visit(browser: Browser, address: str, settings: dict[str, Any]) -> Page:
    page = browser.new_context(base_url=address, **settings).new_page()
    page.goto(address)
    page.locator(".hello .quiet").wait_for()
    return page


def _ask(page: Page, question: str) -> None:
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.locator(".turn").last.locator(".tools").first.wait_for()


def _save(name: str, shots: list[bytes]) -> int:
    """Side by side, with as few colours as it takes to be small; how many bytes that are."""
    images = [Image.open(io.BytesIO(shot)).convert("RGB") for shot in shots]
    gap = 24
    whole = Image.new("RGB", (sum(i.width + gap for i in images) - gap, images[0].height), "#8a929c")
    left = 0
    for image in images:
        whole.paste(image, (left, 0))
        left += image.width + gap
    place = PICTURES / f"{name}.png"
    whole.quantize(192, dither=Image.Dither.NONE).save(place, optimize=True)
    size = place.stat().st_size
    assert size <= MOST, f"{place} has {size} bytes"
    return size


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "raglan", "serve", str(folder), "--port", str(port)], stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/readyz", server)
        yield address
    finally:
        server.terminate()
        server.wait(60)


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and server.poll() is None:
        try:
            urlopen(address, timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.2)
        else:
            return
    sys.exit("raglan serve did not become ready")


def _chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    return found or sys.exit("there is no Chromium on this machine")


if __name__ == "__main__":
    main()

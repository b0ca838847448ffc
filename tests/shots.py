"""`python -m tests.shots [words of names]`: a picture of every page at three widths, of a demo clinic of its own.

Which pages there are is found out: every address in the URL conf that needs no argument is opened, and for the others
the first link to one that any page holds. Addresses that only take what a form sends, or answer a fragment of a page,
have no picture of their own.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import django

WIDTHS = {"phone": 390, "tablet": 820, "desktop": 1440}
LOGIN, SIGN_IN, SIGN_OUT = "sam", "staff:login", "staff:logout"
FOLDER = Path("var/shots")
LINKS = "all => all.map(one => new URL(one.getAttribute('hx-get') || one.getAttribute('href'), document.baseURI).href)"


def addresses() -> Iterator[tuple[str, str | None]]:
    """Yield the name of each page of the URL conf, and its path if that needs no argument."""
    from django.urls import NoReverseMatch, get_resolver, reverse

    for namespace, (_, resolver) in get_resolver().namespace_dict.items():
        if namespace == "admin":
            continue
        for name in sorted({key for key in resolver.reverse_dict if isinstance(key, str)}):
            full = f"{namespace}:{name}"
            try:
                yield full, reverse(full)
            except NoReverseMatch:
                yield full, None


class Photographer:
    """Opens pages, remembers where they lead, and takes the pictures."""

    def __init__(self, browser: Any, url: str) -> None:
        self._url = url
        self._page = browser.new_page(viewport={"width": WIDTHS["desktop"], "height": 900})
        self._links: dict[str, str] = {}

    def sign_in(self) -> None:
        from clinic.demo.seeding.staff import PASSWORD

        self._page.goto(self._url)
        self._page.fill("[name=username]", LOGIN)
        self._page.fill("[name=password]", PASSWORD)
        self._page.click("[type=submit]")
        self._page.wait_for_load_state("networkidle")

    def link_to(self, name: str) -> str | None:
        """Return the path of the first link seen that leads to the page called `name`."""
        return self._links.get(name)

    def take(self, name: str, path: str) -> bool:
        """Take the pictures of a page; return whether there is one."""
        answer = self._page.request.get(urljoin(self._url, path))
        if answer.status != 200 or "<html" not in answer.text()[:1000].lower():
            return False
        self._page.goto(urljoin(self._url, path), wait_until="networkidle")
        self._remember_links()
        for width, pixels in WIDTHS.items():
            self._page.set_viewport_size({"width": pixels, "height": 900})
            self._page.wait_for_timeout(150)
            self._page.screenshot(path=FOLDER / f"{name.replace(':', '-')}-{width}.png", full_page=True)
        return True

    def _remember_links(self) -> None:
        from django.urls import Resolver404, resolve

        for href in self._page.eval_on_selector_all("[href], [hx-get]", LINKS):
            if href.startswith(self._url):
                try:
                    self._links.setdefault(resolve(urlsplit(href).path).view_name, urlsplit(href).path)
                except Resolver404:
                    continue


def shoot(browser: Any, url: str, sandbox_url: str, wanted: list[str]) -> tuple[list[str], list[str]]:
    """Take the pictures of all pages whose names hold a word of `wanted`; return their names and those left out."""
    photographer = Photographer(browser, url)
    photographer.take(SIGN_IN, "/sign-in/")
    photographer.sign_in()
    taken: list[str] = []
    left = {name: path for name, path in addresses() if name not in (SIGN_IN, SIGN_OUT)}
    # Those without arguments first: they hold the links to the others, and those again the links to more.
    ready = [name for name, path in left.items() if path]
    while ready:
        for name in ready:
            path = left.pop(name) or photographer.link_to(name)
            chosen = not wanted or any(word in name for word in wanted)
            if chosen and path and photographer.take(name, path):
                taken.append(name)
        ready = [name for name in left if photographer.link_to(name)]
    photographer.take("sandbox", sandbox_url)
    return taken, sorted({name for name, _ in addresses()} - {*taken, SIGN_IN, SIGN_OUT})


def main(wanted: list[str]) -> int:
    from playwright.sync_api import sync_playwright

    from tests.provision.browser import QUIET, find_chromium
    from tests.provision.stack import ALL, bring_up

    chromium = find_chromium()
    if chromium is None:
        print("shots: no Chromium was found; $CHROMIUM may name one")  # noqa: T201
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with ExitStack() as resources:
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="clinic-shots-")))
        stack = bring_up(resources, folder / "stack", "", start=("redis", *ALL), seed=120)
        stack.wait_for_sync()
        playwright = resources.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        taken, left = shoot(browser, stack.url, stack.sandbox_url, wanted)
        browser.close()
    print(f"No picture of their own: {', '.join(left)}")  # noqa: T201
    print(f"shots: {len(taken)} pages at {len(WIDTHS)} widths are in {FOLDER}")  # noqa: T201
    return 0 if taken else 1


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    django.setup()
    sys.exit(main(sys.argv[1:]))

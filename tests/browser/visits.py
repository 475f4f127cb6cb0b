"""What opening a page in a browser shows: errors, requests, accessibility, what does not fit."""

import functools
from dataclasses import dataclass

THEMES = ("light", "dark")
WIDTHS = (1280, 390)

# WCAG 2.2 at level AA holds all of these.
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]

# The rules that can come out otherwise in another theme, which changes nothing but colours.
COLOURS = ["color-contrast", "link-in-text-block"]

# The list of claims has many hundred rows of one make; axe-core takes seconds for a hundred.
SHORTEN = """document.querySelectorAll("tbody tr:nth-child(n + 31)").forEach(row => row.remove())"""

# What is seen must end within the screen, or within a box that scrolls by itself. The theme hides
# what hangs over the edge of the page, so that the page's own width does not tell.
BEYOND = """() => [...document.querySelectorAll('main *')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.right > innerWidth + 1
        && e.checkVisibility({visibilityProperty: true})
        && !e.closest('.scr-table, .scr-figure p, .pst-scrollable-table-container, pre, dialog');
}).map(e => e.outerHTML.slice(0, 120))"""

# Boxes that hide a part of their table until they are scrolled.
CUT = """() => [...document.querySelectorAll('.scr-table, .pst-scrollable-table-container')]
    .filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.id)"""

# Rules of axe-core that the book may break, each with the reason: none.
EXCEPTIONS: dict[str, str] = {}


@dataclass(frozen=True)
class Visit:
    """What was seen on one page."""

    errors: tuple[str, ...]
    failed: tuple[str, ...]
    foreign: tuple[str, ...]
    weight: int
    violations: tuple[str, ...]
    width: int
    beyond: tuple[str, ...]
    cut: tuple[str, ...]


class Visitor:
    """Visits pages, each once."""

    def __init__(self, chromium, address):
        self.chromium, self.address = chromium, address
        self.visit = functools.cache(self.visit)
        self.context = functools.cache(self.context)

    def context(self, theme, width):
        """Return a browser window of a width, with a theme chosen."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme
        )
        # The theme's own button stores the choice like this.
        context.add_init_script(
            f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
        )
        return context

    def open(self, page, theme="light", width=1280):
        """Open a page in a new tab and wait until all of it has loaded."""
        tab = self.context(theme, width).new_page()
        tab.goto(f"{self.address}/{page}", wait_until="load")
        return tab

    def visit(self, page, theme, width):
        """Open a page, write down what it does, and check it with axe-core."""
        from axe_playwright_python.sync_playwright import Axe

        tab = self.context(theme, width).new_page()
        errors, failed, asked, sizes = [], [], [], []
        tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("requestfailed", lambda request: failed.append(request.url))
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("response", lambda response: _note(response, failed, sizes))
        tab.goto(f"{self.address}/{page}", wait_until="load")
        # The theme and house.js finish in the load event; one frame later the page stands.
        tab.evaluate("() => new Promise(requestAnimationFrame)")
        rules = STANDARD if theme == "light" else COLOURS
        # Its preloading asks for style sheets at wrong addresses.
        options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
        width = tab.evaluate("document.documentElement.scrollWidth")
        beyond, cut = tab.evaluate(BEYOND), tab.evaluate(CUT)
        tab.evaluate(SHORTEN)
        found = Axe().run(tab, options=options)
        tab.close()
        own = (self.address, "data:")
        return Visit(
            tuple(errors), tuple(failed), tuple(url for url in asked if not url.startswith(own)),
            sum(sizes), tuple(_violations(found.response["violations"])), width,
            tuple(beyond), tuple(cut),
        )  # fmt: skip


def _note(response, failed, sizes):
    if response.status >= 400:
        failed.append(f"{response.status} {response.url}")
    elif response.request.resource_type != "image" and not response.url.startswith("data:"):
        sizes.append(int(response.headers.get("content-length", 0)))


def _violations(found):
    """Say which rule is broken, and where first."""
    for violation in found:
        if violation["id"] not in EXCEPTIONS:
            node = violation["nodes"][0]
            yield (
                f"{violation['id']} ({violation['impact']}, {len(violation['nodes'])} times): "
                f"{violation['help']}: {node['html'][:200]}"
            )

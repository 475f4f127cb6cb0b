"""Does every page work in a browser, in either theme and on a phone, for every reader?

That axe-core finds nothing does not make a page accessible; that it finds something makes it
inaccessible to someone.
"""

import pytest
from pages import pages
from visits import THEMES, WIDTHS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HEAVIEST = 500_000  # bytes, without pictures and without compression

every_page = pytest.mark.parametrize("page", pages())
both_themes = pytest.mark.parametrize("theme", THEMES)
both_widths = pytest.mark.parametrize("width", WIDTHS)


@every_page
@both_themes
@both_widths
def test_a_page_has_no_errors_and_loads_nothing_from_elsewhere(visitor, page, theme, width):
    seen = visitor.visit(page, theme, width)
    assert seen.errors == ()
    assert seen.failed == ()
    assert seen.foreign == ()


@every_page
@both_themes
@both_widths
def test_a_page_breaks_no_rule_of_wcag_2_2_aa(visitor, page, theme, width):
    assert visitor.visit(page, theme, width).violations == ()


@every_page
@both_widths
def test_a_page_does_not_scroll_sideways(visitor, page, width):
    assert visitor.visit(page, "light", width).width <= width


@every_page
@both_widths
def test_nothing_hangs_over_the_edge_of_the_screen(visitor, page, width):
    assert visitor.visit(page, "light", width).beyond == ()


@every_page
def test_a_table_is_seen_whole_on_a_desk(visitor, page):
    assert visitor.visit(page, "light", 1280).cut == ()


@every_page
def test_a_page_is_light(visitor, page):
    assert visitor.visit(page, "light", 1280).weight <= HEAVIEST


# What can be reached: seen, switched on, and not taken out of the order of the Tab key. What lies
# in a closed <details> or dialogue is not there to be seen.
REACHABLE = """() => [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex]')].filter(
    e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true})
         && !e.closest('dialog:not([open])')).length"""

FOCUSED = """() => {
    const e = document.activeElement;
    if (e === document.body) return null;
    if (!window.stops) window.stops = new Map();
    if (!window.stops.has(e)) window.stops.set(e, window.stops.size);
    const style = getComputedStyle(e);
    const ring = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none';
    return {stop: window.stops.get(e), ring, html: e.outerHTML.slice(0, 200)};
}"""


@every_page
def test_the_keyboard_reaches_everything_and_shows_where_it_is(visitor, page):
    tab = visitor.open(page)
    wanted, stops, ringless = tab.evaluate(REACHABLE), set(), []
    for _ in range(2 * wanted + 10):
        tab.keyboard.press("Tab")
        found = tab.evaluate(FOCUSED)
        if found is None:
            break
        stops.add(found["stop"])
        if not found["ring"]:
            ringless.append(found["html"])
    tab.close()
    assert ringless == []
    assert len(stops) >= wanted


def test_the_first_stop_skips_to_the_content(visitor):
    tab = visitor.open(pages()[1])
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to main content"
    tab.keyboard.press("Enter")
    assert tab.url.endswith("#main-content")
    tab.close()


def test_a_wide_table_scrolls_in_its_own_box_with_a_name_and_the_keyboard(visitor):
    """On a phone a wide table must not carry the page with it (WCAG 2.2, 1.4.10)."""
    tab = visitor.open("chapters/05_all_cases.html", width=390)
    boxes = [box for box in tab.locator(".scr-table[tabindex='0']").all() if box.is_visible()]
    assert boxes
    for box in boxes:
        assert box.get_attribute("role") == "region"
        assert box.get_attribute("aria-label")
    boxes[0].focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function("document.activeElement.scrollLeft > 0", timeout=3000)
    tab.close()


def _found(visitor, words):
    tab = visitor.open(f"search.html?q={words}")
    # Results come one by one; when the last has come the heading is no longer "Searching".
    tab.wait_for_function("Search.title && Search.title.innerText == 'Search Results'")
    links = [a.get_attribute("href") for a in tab.locator("ul.search li > a").all()]
    tab.close()
    return links


def test_the_search_finds_the_toxic_trio(visitor):
    links = _found(visitor, "toxic+trio")
    assert any("glossary" in link for link in links)
    assert any("05_all_cases" in link for link in links)


def test_the_search_finds_a_table_by_its_number_first_of_all(visitor):
    assert _found(visitor, "Table+9")[0].endswith("#table-9")


@pytest.mark.parametrize("page", pages()[:2])
def test_a_page_works_from_a_file(chromium, book, page):
    """The book can be read offline from a folder or a memory stick."""
    tab, errors = chromium.new_page(), []
    tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    tab.on("requestfailed", lambda request: errors.append(request.url))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto((book / page).as_uri(), wait_until="load")
    assert tab.evaluate("getComputedStyle(document.querySelector('main')).display") != "inline"
    tab.close()
    assert errors == []

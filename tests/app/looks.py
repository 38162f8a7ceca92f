"""What is wrong with a page for somebody who sees it in other colours, on a phone, or not at all."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

DESK: ViewportSize = {"width": 1280, "height": 860}
PHONE: ViewportSize = {"width": 360, "height": 740}
VIOLATIONS = "axe.run({resultTypes: ['violations']}).then(results => results.violations)"


def faults(page: Page) -> list[str]:
    """axe's violations in light, in dark and on a phone, and scrolling sideways; the page is as it was afterwards.

    The page is not loaded again: what fills it may be a model that has to think.
    """
    found = []
    page.evaluate(AXE_SCRIPT)
    for name, size in (("light", DESK), ("phone", PHONE), ("dark", DESK)):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="dark" if name == "dark" else "light")
        for violation in page.evaluate(VIOLATIONS):
            nodes = [node["html"][:160] for node in violation["nodes"][:3]]
            found.append(f"{name}: {violation['id']}: {nodes}")
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{name}: scrolls sideways")
    page.emulate_media(color_scheme="light")
    return found

"""What is wrong with a page for somebody who sees it in other colours, on a phone, or not at all."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

DESK: ViewportSize = {"width": 1280, "height": 860}
PHONE: ViewportSize = {"width": 360, "height": 740}
VIOLATIONS = "axe.run({resultTypes: ['violations']}).then(results => results.violations)"


def faults(page: Page) -> list[str]:
    """axe's violations and scrolling sideways, in light at a desk and in dark on a phone; the page is as it was afterwards.

    The page is not loaded again: what fills it may be a model that has to think. Both schemes and both widths, but not each
    with each: nearly all of axe's time goes into contrasts, and no rule of our style sheets asks for a scheme and a width.
    """
    found = []
    page.evaluate(AXE_SCRIPT)
    looks: list[tuple[Literal["light", "dark"], ViewportSize]] = [("light", DESK), ("dark", PHONE)]
    for scheme, size in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        for violation in page.evaluate(VIOLATIONS):
            nodes = [node["html"][:160] for node in violation["nodes"][:3]]
            found.append(f"{scheme}: {violation['id']}: {nodes}")
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{scheme}, {size['width']} wide: scrolls sideways")
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    return found

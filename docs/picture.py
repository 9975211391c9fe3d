"""Makes docs/report.png from the newest run's report: `make demo && make docs`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    reports = sorted(Path("results").glob("*/report.html"))
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if not reports or not browser:
        print("run `make demo` first, and install Chromium (Debian: apt-get install chromium)", file=sys.stderr)
        return 2
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = chromium.new_page(viewport={"width": 1180, "height": 1500})
        page.goto(reports[-1].resolve().as_uri())
        page.screenshot(path="docs/report.png")
        chromium.close()
    print(f"docs/report.png shows {reports[-1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

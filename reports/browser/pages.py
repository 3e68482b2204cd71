"""The pages in a real browser: asked, filtered, gone through by keyboard, without scripts, in both schemes, narrow.

Usage: pages.py FOLDER, where install.sh put what it needs, and `made/` holds pages of synthetic results.
"""

import json
import pathlib
import subprocess
import sys

from playwright.sync_api import sync_playwright

FOLDER = pathlib.Path(sys.argv[1]).resolve()
MADE = FOLDER / "made" / "1"
CHROMIUM = FOLDER / "chromium/usr/lib/chromium/chromium"
LIBRARIES = FOLDER / "chromium/usr/lib/x86_64-linux-gnu"
AXE = (FOLDER / "npm/node_modules/axe-core/axe.min.js").read_text()
CASE = "case/fs/rename/empty-1.html"
PAGES = ["index.html", "functions.html", CASE, "runtime/wazero.html", "function/path_rename.html", "go/os.Rename.html", "since.html"]

failures = []


def check(what, holds, seen=""):
    print("ok  " if holds else "FAIL", what, "" if holds else seen, flush=True)
    if not holds:
        failures.append(what)


class Browser:
    """A browser that notes what goes wrong and what is asked for beyond the folder."""

    def __init__(self, browser):
        self.browser = browser
        self.noise = []

    def open(self, page, fragment="", **options):
        options.setdefault("viewport", {"width": 1400, "height": 900})
        tab = self.browser.new_context(**options).new_page()
        tab.on("console", lambda message: self.noise.append(f"{page}: {message.text}"))
        tab.on("pageerror", lambda error: self.noise.append(f"{page}: {error}"))
        tab.on("request", lambda request: self.asked(page, request.url))
        tab.goto((MADE / page).as_uri() + fragment)
        return tab

    def asked(self, page, url):
        if not url.startswith(MADE.as_uri()):
            self.noise.append(f"{page}: asked for {url}")


def rows(tab):
    return tab.locator("details.area tbody tr:visible").count()


def asking(browser):
    tab = browser.open("index.html")
    everything = tab.locator("details.area tbody tr").count()
    tab.keyboard.press("/")
    check("/ goes to the question", tab.evaluate("document.activeElement.id") == "query")
    tab.keyboard.type("os.Rename")
    check("a function is found by its name", tab.locator("#found p").inner_text().endswith("cases about “os.Rename”."))
    check("the answer has a line for each runtime", tab.locator("#found li").count() == 20)
    check("areas with what was found unfold", rows(tab) > 0)
    tab.fill("#query", "sock_accept")
    check("a function that no case is about says so", tab.locator("#found p").inner_text() == "0 cases about “sock_accept”.")
    tab.fill("#query", "fs/rename empty")
    found = rows(tab)
    check("every word must be found", 0 < found < everything, found)
    tab.fill("#query", "")
    tab.select_option("#area", "fs/rename")
    area = rows(tab)
    check("one area", area > 0 and tab.locator("details.area:visible").count() == 1, area)
    tab.select_option("#answer", "breaks")
    known = rows(tab)
    check("with some cell that crashes, traps or hangs", 0 < known < area, known)
    check("the answer says in which runtimes", tab.locator("#found li .mark.breaks").count() > 0 and tab.locator("#found li .mark.works").count() == 0)
    tab.select_option("#runtime", "wazero")
    check("of one runtime", 0 < rows(tab) < known, rows(tab))
    tab.select_option("#tier", "should")
    narrowed, address = rows(tab), tab.url
    check("all of it is in the address", all(part in address for part in ["area=fs%2Frename", "answer=breaks", "runtime=wazero", "tier=should"]), address)
    again = browser.open("index.html", "#" + address.split("#")[1])
    check("an address brings it back", rows(again) == narrowed and again.input_value("#runtime") == "wazero")
    tab.click("#clear")
    check("cleared, all is as it was", "#" not in tab.url and tab.locator("details.area[open]").count() == 0)
    tab.check("#odd")
    check("odd ones out are fewer", 0 < rows(tab) < everything, rows(tab))
    tab.click("#clear")
    tab.check("#since")
    changed = rows(tab)
    marked = tab.locator("details.area tbody tr:visible:has(td[data-c])").count()
    check("what changed since is fewer, and marked", 0 < changed == marked < everything, (changed, marked))
    check("that is in the address too", tab.url.endswith("#since=1"), tab.url)
    hostile = browser.open("index.html", "#query=" + "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    check("what is asked stays text", hostile.locator("#found img").count() == 0 and "<img" in hostile.locator("#found p").inner_text())


def keyboard(browser):
    tab = browser.open("index.html", "#area=fs%2Frename")
    tab.keyboard.press("j")
    first = tab.locator("tr.here th a").inner_text()
    tab.keyboard.press("j")
    second = tab.locator("tr.here th a").inner_text()
    tab.keyboard.press("k")
    check("j and k go through the cases", first != second and tab.locator("tr.here th a").inner_text() == first)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/case/fs/rename/**")
    check("Enter opens one", tab.locator("h1").inner_text() == "fs/rename/" + first)
    tab.go_back()
    tab.wait_for_function("document.querySelector('#area').value === 'fs/rename'")
    check("going back brings the filter back", True)
    tab.locator("details.area tbody td:not([class]):visible").first.click()
    tab.wait_for_url("**/case/fs/rename/**")
    check("a cell without a link leads to its place", "@" in tab.url.split("#")[-1], tab.url)
    folded = browser.open("index.html", "#area/net")
    check("an address unfolds what it names", folded.locator("[id='area/net']").is_visible())


def without_scripts(browser):
    tab = browser.open("index.html", java_script_enabled=False)
    tab.locator("a[href='since.html']").first.click()
    tab.wait_for_url("**/since.html")
    check("what changed is a page", tab.locator(".steps li a").count() > 0)
    tab.go_back()
    check("without scripts there is no question", not tab.locator("#ask").is_visible())
    check("and the matrix by areas, below its totals", tab.locator("table.overview tbody tr:visible").count() == 3 + 11)
    check("what differs is red, and says so", tab.locator("table.overview td.share.breaks span").count() > 0)
    tab.locator("details.area summary").first.click()
    check("areas unfold", rows(tab) > 0)
    tab.locator("details.area tbody td a:visible").first.click()
    tab.wait_for_url("**/case/**")
    place = tab.url.split("#")[1]
    check("a cell leads to its place", tab.locator(f"[id='{place}']").is_visible())
    check("where its command is", tab.locator("pre.command").count() > 0)


def looks(browser):
    axe_of = {}
    for scheme in ["light", "dark"]:
        for page in PAGES:
            for width in [360, 1400, 3840]:
                tab = browser.open(page, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
                wide = tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
                check(f"{page} fits {width} px, {scheme}", not wide)
                if width != 3840:
                    if page == "index.html":
                        tab.evaluate("for (const area of [...document.querySelectorAll('details')].slice(0, 4)) area.open = true")
                    tab.evaluate(AXE)
                    found = tab.evaluate("axe.run().then((result) => result.violations.map((one) => [one.id, one.nodes[0].html.slice(0, 200)]))")
                    check(f"axe finds nothing in {page}, {width} px, {scheme}", not found, found)
                    axe_of[page] = True
                tab.context.close()
    check("axe has seen every kind of page", len(axe_of) == len(PAGES))
    tab = browser.open("index.html")
    tab.emulate_media(media="print")
    check("printed, there is no question", not tab.locator("#ask").is_visible())


def validity():
    (FOLDER / "html-validate.json").write_text(json.dumps({
        "root": True,
        "extends": ["html-validate:standard"],
        # A pane that scrolls has to be reached by keyboard, so it has a role and a place in the order; lines have no end.
        "rules": {"prefer-native-element": "off", "long-title": "off", "no-trailing-whitespace": "off", "valid-id": ["error", {"relaxed": True}]},
    }))
    command = [FOLDER / "npm/node_modules/.bin/html-validate", "--config", FOLDER / "html-validate.json", *[MADE / page for page in PAGES]]
    ended = subprocess.run(command, capture_output=True, text=True)
    check("the HTML is valid", ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-2000:])


with sync_playwright() as playwright:
    started = playwright.chromium.launch(
        executable_path=str(CHROMIUM),
        args=["--no-sandbox"],
        env={"LD_LIBRARY_PATH": f"{LIBRARIES}:{LIBRARIES}/pulseaudio", "FONTCONFIG_PATH": "/etc/fonts"},
    )
    browser = Browser(started)
    asking(browser)
    keyboard(browser)
    without_scripts(browser)
    looks(browser)
    check("nothing is said on the console, and nothing is asked for elsewhere", not browser.noise, browser.noise[:5])
    started.close()
validity()
print(f"{len(failures)} failed" if failures else "all well")
sys.exit(1 if failures else 0)

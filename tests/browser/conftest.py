"""
Real pages in a real browser.

  chromium      the program, one for all tests
  open_window   open_window(base_url, view='phone-dark'): somebody's browser; closes with the test
  elsewhere     another site, whose pages the test writes
  window        one on the shared server; the test fails if anything was wrong in it
"""
import pytest
from playwright.sync_api import sync_playwright

from support.browser import ARGUMENTS, Window, chromium_path
from support.elsewhere import Elsewhere


@pytest.fixture(scope='module')
def make_database():
    """What a page looks like does not depend on the database: once, on SQLite, is enough."""
    return lambda: None


@pytest.fixture(scope='session')
def chromium():
    path = chromium_path()
    if not path:
        pytest.fail('chromium is not installed: tools/install-deps test', pytrace=False)
    with sync_playwright() as playwright:
        # Pages kept in memory for the way back are a place where a secret could linger: as for people, they are on.
        program = playwright.chromium.launch(executable_path=path, args=ARGUMENTS,
                                             ignore_default_args=['--disable-back-forward-cache'])
        yield program
        program.close()


@pytest.fixture
def open_window(chromium):
    windows = []

    def open_one(base_url, view='wide-light', **options):
        windows.append(Window(chromium, base_url, view, **options))
        return windows[-1]

    yield open_one
    for one in windows:
        one.close()


@pytest.fixture
def window(server, open_window):
    one = open_window(server.base_url)
    yield one
    assert one.problems == []


@pytest.fixture
def elsewhere():
    site = Elsewhere()
    yield site
    site.close()

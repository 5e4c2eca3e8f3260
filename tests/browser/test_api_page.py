"""The page at /docs/api: looks, and works without scripts as it has none."""
import pytest
from playwright.sync_api import expect

from support.browser import VIEWS


@pytest.mark.parametrize('view', list(VIEWS))
def test_nothing_is_out_of_place(server, open_window, view):
    window = open_window(server.base_url, view)
    window.go('/docs/api')
    assert (window.overflow(), window.unnamed(), window.problems) == ([], [], [])


def test_it_can_be_read_by_everybody(server, open_window):
    window = open_window(server.base_url, 'phone-dark')
    window.go('/docs/api')
    assert window.axe() == []


def test_it_leads_to_an_operation_without_scripts(server, open_window):
    window = open_window(server.base_url, java_script_enabled=False)
    window.go('/docs/api')
    window.page.get_by_text('Tokens', exact=True).first.click()
    window.page.get_by_role('navigation').get_by_role('link', name='Makes a token, and shows it once').click()
    window.expect_path('/docs/api#createToken')
    expect(window.page.locator('#createToken').get_by_text('POST', exact=True)).to_be_visible()

"""A real Chromium: windows that remember whatever went wrong in them, and what a careful eye would check."""
import shutil
import time

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, expect

ARGUMENTS = ['--no-sandbox', '--headless', '--disable-gpu', '--disable-background-networking',
             '--disable-component-update', '--disable-sync', '--no-first-run',
             '--host-resolver-rules=MAP evil.example 127.0.0.1']  # another site that is this machine

WIDE, PHONE = {'width': 1280, 'height': 800}, {'width': 390, 'height': 800}
VIEWS = {'wide-light': (WIDE, 'light'), 'wide-dark': (WIDE, 'dark'),
         'phone-light': (PHONE, 'light'), 'phone-dark': (PHONE, 'dark')}

# The application has begun, and shows nothing in place of what is still to come.
IS_DRAWN = '''() => {
    const root = document.getElementById('root');
    return !root || (root.childElementCount > 0 && !root.querySelector('[role=status][aria-label="Loading"]'));
}'''
SETTLE_SECONDS = 60  # only an end to waiting for what will not come, as all that follow
expect.set_options(timeout=SETTLE_SECONDS * 1000)
CONTROLS = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]'


def chromium_path():
    return shutil.which('chromium')


def becomes(look, wanted):
    """Looks until it sees what is wanted: a page shows what an action brought a moment after it. Fails with what it saw last."""
    end = time.monotonic() + SETTLE_SECONDS
    seen = look()
    while seen != wanted and time.monotonic() < end:
        time.sleep(0.05)
        seen = look()
    assert seen == wanted


class Window:
    """
    One browser of one person: its own cookies and storage, and one page. `problems` are the console's
    errors and warnings, exceptions, violations of the content policy, and requests to strangers.
    """

    def __init__(self, chromium, base_url, view='wide-light', **options):
        viewport, scheme = VIEWS[view]
        self.base_url = base_url
        self.problems = []
        self.context = chromium.new_context(viewport=viewport, color_scheme=scheme, locale='en-US',
                                            reduced_motion='reduce', **options)
        self.context.set_default_timeout(SETTLE_SECONDS * 1000)
        self.has_scripts = options.get('java_script_enabled', True)
        self.pending = set()
        self.context.on('request', self._request)
        for end in ('requestfinished', 'requestfailed'):
            self.context.on(end, lambda request: self.pending.discard(request))
        self.page = self.context.new_page()
        self.page.on('console', self._console)
        self.page.on('pageerror', lambda error: self.problems.append('exception: %s' % error))

    def _console(self, message):
        if message.type in ('error', 'warning'):
            self.problems.append('%s: %s (%s)' % (message.type, message.text, message.location.get('url')))

    def _request(self, request):
        self.pending.add(request)
        if not request.url.startswith((self.base_url + '/', 'data:', 'blob:')):
            self.problems.append('asked a stranger: ' + request.url)

    def close(self):
        self.context.close()

    # -- going about ---------------------------------------------------------------------------

    def go(self, path):
        """Opens a page of the server and waits until its own requests are answered."""
        answer = self.page.goto(self.base_url + path)
        self.settle()
        return answer

    def settle(self):
        """Waits until the page has done what it does by itself. ('networkidle' waits half a second each time.)"""
        self.page.wait_for_load_state('load')
        end = time.monotonic() + SETTLE_SECONDS
        quiet = 0
        while quiet < 2:
            assert time.monotonic() < end, [request.url for request in self.pending]
            self.page.wait_for_timeout(2 if quiet else 5)
            quiet = 0 if self.pending or not self._is_drawn() else quiet + 1

    def _is_drawn(self):
        if not self.has_scripts:
            return True
        try:
            self.page.evaluate('new Promise(requestAnimationFrame)')  # what came has been drawn
            return self.page.evaluate(IS_DRAWN)
        except Error as error:
            if 'context was destroyed' not in error.message:
                raise
            return False  # it goes to another page by itself

    def sign_in(self, email, password, path='/user/login/'):
        self.go(path)
        self.page.get_by_label('Email address').fill(email)
        self.page.get_by_label('Password').fill(password)
        return self.submit('Log in')

    def submit(self, name):
        """Sends a form that the server answers with a page, and waits for that."""
        with self.page.expect_navigation():
            self.page.get_by_role('button', name=name).click()
        self.settle()
        return self

    def expect_path(self, path):
        """Waits until that is where a click has led."""
        expect(self.page).to_have_url(self.base_url + path)

    @property
    def path(self):
        return self.page.url[len(self.base_url):]

    @property
    def text(self):
        return self.page.inner_text('body')

    def cookie(self, name):
        return next((c['value'] for c in self.context.cookies() if c['name'] == name), None)

    def answer_dialogs(self, accept):
        """What to say when the page asks "really?"; gives the list of what it asked."""
        asked = []

        def answer(dialog):
            asked.append(dialog.message)
            dialog.accept() if accept else dialog.dismiss()

        self.page.once('dialog', answer)
        return asked

    # -- the application -----------------------------------------------------------------------

    def button(self, name, within=None):
        return (within or self.page).get_by_role('button', name=name, exact=True)

    def dialog(self, name):
        found = self.page.get_by_role('dialog', name=name)
        found.wait_for()
        return found

    def act(self, of, item):
        """An entry of a row's menu."""
        self.page.get_by_role('button', name='Actions for ' + of, exact=True).click()
        self.page.get_by_role('menuitem', name=item, exact=True).click()

    def said(self, text):
        """Waits until an outcome is told, in the words that are given or some that have them."""
        self.page.get_by_role('alert').filter(has_text=text).first.wait_for()

    def log_out(self, email):
        self.page.get_by_role('button', name=email).click()
        self.page.get_by_role('menuitem', name='Log out').click()
        self.page.wait_for_url('**/user/login/')
        self.settle()

    def everything_kept(self):
        """All that this page has or stored, as one text: markup, fields, storage, cookies, history."""
        return self.page.evaluate('''async () => {
            const parts = [document.documentElement.outerHTML, document.cookie, location.href, JSON.stringify(history.state)];
            for (const field of document.querySelectorAll("input, textarea, select, output")) parts.push(field.value);
            for (const store of [localStorage, sessionStorage]) parts.push(JSON.stringify({ ...store }));
            parts.push(JSON.stringify(await indexedDB.databases()));
            if (globalThis.caches)
                for (const name of await caches.keys()) {
                    const cache = await caches.open(name);
                    for (const request of await cache.keys()) parts.push(request.url, await (await cache.match(request)).text());
                }
            for (const name of Object.getOwnPropertyNames(globalThis))
                if (typeof globalThis[name] === "string") parts.push(globalThis[name]);
            return parts.join("\\n");
        }''') + str(self.context.cookies())

    # -- a careful eye -------------------------------------------------------------------------

    def overflow(self):
        """What reaches beyond the right edge of the window, and what is cut off within itself. A list may scroll."""
        return self.page.evaluate('''() => {
            const edge = document.documentElement.clientWidth, found = [];
            if (document.documentElement.scrollWidth > edge) found.push(`page: ${document.documentElement.scrollWidth} > ${edge}`);
            for (const element of document.body.querySelectorAll("*")) {
                const box = element.getBoundingClientRect();
                if (box.width && box.right > edge + 0.5 && !element.closest(".list"))
                    found.push(`${element.tagName} ${element.id} ${element.className}: ${Math.round(box.right)} > ${edge}`);
                if (element.tagName === "BUTTON" && element.scrollWidth > element.clientWidth + 1)
                    found.push(`${element.textContent}: cut off`);
            }
            return found;
        }''')

    def axe(self):
        """Violations of axe-core's rules, in words."""
        found = Axe().run(self.page).response['violations']
        return ['%s: %s [%s]' % (v['id'], v['help'], '; '.join(node['html'][:120] for node in v['nodes'][:3])) for v in found]

    def walk_by_keyboard(self):
        """
        Presses Tab from the start of the page until it comes round. Gives what is wrong: a visible control that was
        not reached, or one that got the focus and does not show it.
        """
        page, wrong = self.page, []
        page.evaluate('''controls => {
            document.activeElement?.blur();
            window.__order = [...document.querySelectorAll(controls)].filter(e => e.checkVisibility({ visibilityProperty: true })
                && !e.disabled && e.tabIndex >= 0 && (!document.querySelector("[role=dialog]") || e.closest("[role=dialog]")));
            window.__reached = new Set();
        }''', CONTROLS)
        count = page.evaluate('window.__order.reduce((sum, e) => sum + (e.type === "date" ? 4 : 1), 0)')  # its parts, and its button
        for _ in range(count + 3):
            page.keyboard.press('Tab')
            fault = page.evaluate('''() => {
                const e = document.activeElement;
                if (!e || e === document.body) return null;
                window.__reached.add(e);
                // a switch is drawn by what stands beside the invisible box
                const drawn = e.getAttribute("role") === "switch" ? [e, e.nextElementSibling] : [e];
                return drawn.some(one => one && getComputedStyle(one).outlineStyle !== "none" && parseFloat(getComputedStyle(one).outlineWidth) >= 1)
                    ? null : e.outerHTML.slice(0, 120);
            }''')
            if fault:
                wrong.append('focus does not show: ' + fault)
        missed = page.evaluate('window.__order.filter(e => !window.__reached.has(e)).map(e => e.outerHTML.slice(0, 120))')
        return wrong + ['not reached: ' + html for html in missed]

    def unnamed(self):
        """Controls that a screen reader would only call "button", "edit" or "link"."""
        session = self.context.new_cdp_session(self.page)
        nodes = session.send('Accessibility.getFullAXTree')['nodes']
        session.detach()
        roles = {'button', 'link', 'textbox', 'checkbox', 'combobox', 'spinbutton', 'switch', 'tab', 'dialog',
                 'DisclosureTriangle', 'searchbox', 'radio', 'menuitem', 'navigation', 'table'}
        return [node['role']['value'] for node in nodes if not node.get('ignored')
                and node['role']['value'] in roles and not node.get('name', {}).get('value', '').strip()]

    def faults(self):
        """All of the above at once, for a page that should have none."""
        return {name: found for name, found in (
            ('overflow', self.overflow()), ('axe', self.axe()), ('keyboard', self.walk_by_keyboard()),
            ('unnamed', self.unnamed()), ('problems', self.problems)) if found}

"""Every case recorded from Label Studio 1.23.2, against `serve --strict`, on both engines."""
import pathlib
import re
import subprocess
import sys

from support import summary

SECRET_KEY = 'a-key-that-only-this-test-knows'


MORE = pathlib.Path(__file__).parent / 'more-cases.json'


def test_every_recorded_case_holds(engine, make_server, contract, tmp_path, request):
    replay(engine, make_server, contract, contract / 'cases.json', 870, tmp_path, request)


def test_what_was_found_beside_them_holds(engine, make_server, contract, tmp_path, request):
    replay(engine, make_server, contract, MORE, 33, tmp_path, request)


def replay(engine, make_server, contract, cases, least, tmp_path, request):
    key = tmp_path / 'secret-key'
    key.write_text(SECRET_KEY)
    key.chmod(0o600)
    server = make_server('--strict', '--secret-key-file', str(key))

    done = subprocess.run([sys.executable, str(contract / 'replay.py'), '--base-url', server.base_url,
                           '--cases', str(cases), '--admin-email', server.owner_email,
                           '--admin-password', server.owner_password, '--secret-key-file', str(key)],
                          text=True, capture_output=True, timeout=300)

    lines = done.stdout.splitlines()
    counts = lines[-1] if lines else 'no answer: ' + done.stderr[-500:]
    summary.say(request.config, 'contract: %s on %s' % (counts, engine))
    wrong = [line for line in lines if line.startswith(('FAIL', 'SKIP'))]
    assert done.returncode == 0 and not wrong, '\n'.join([counts] + wrong[:60]) + '\n' + server.log[-2000:]
    assert int(re.match(r'(\d+) passed', counts).group(1)) >= least, counts

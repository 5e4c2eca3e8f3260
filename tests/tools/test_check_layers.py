"""tools/check-layers sees each violation, at its line, and nothing in a tree that keeps the rules."""
import pathlib
import subprocess

import pytest

TOOL = pathlib.Path(__file__).resolve().parents[2] / 'tools' / 'check-layers'


def check(root):
    done = subprocess.run([str(TOOL), '--root', str(root)], text=True, capture_output=True, timeout=60)
    assert done.stderr == ''
    assert (done.returncode != 0) == bool(done.stdout)
    return done.stdout


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize('name, text', [
    ('src/api/a.c', '#include "http/request.h"\n#include "base/str.h"\n#include "api/json.h"\n'),
    ('src/cli/a.c', '#include "store/users.h"\n#include "db/db.h"\n'),
    ('src/main.c', '#include "cli/program.h"\n'),
    ('src/crypto/a.c', '#include <openssl/evp.h>\n#include <sodium.h>\n'),
    ('src/http/a.c', '#include <microhttpd.h>\n'),
    ('src/db/a.c', '#include <sqlite3.h>\n#include <libpq-fe.h>\n'),
    ('src/api/a.h', '#include <jansson.h>\n'),
    ('src/base/a.c', '\n' * 500),
    ('nginx/module.c', '#include <ngx_http.h>\n#include "ngx_core.h"\n#include "decision/decision.h"\n'),
])
def test_what_is_allowed_passes(tmp_path, name, text):
    write(tmp_path, name, text)
    assert check(tmp_path) == ''


@pytest.mark.parametrize('name, text, line, said', [
    ('src/http/a.c', '\n#include "service/tokens.h"\n', 2, 'must not include service/'),
    ('src/api/a.c', '# include "store/users.h"\n', 1, 'must not include store/'),
    ('src/base/a.h', '#include "crypto/mac.h"\n', 1, 'must not include crypto/'),
    ('nginx/module.c', '#include "http/server.h"\n', 1, 'must not include http/'),
    ('src/api/a.c', '#include "json.h"\n', 1, 'written from src/'),
    ('src/api/a.c', '#include "utils/x.h"\n', 1, 'no such layer'),
    ('src/utils/a.c', '', 1, 'no layer is named'),
    ('src/token/a.c', '#include <openssl/evp.h>\n', 1, 'for src/crypto only'),
    ('src/api/a.c', '#include <sodium/utils.h>\n', 1, 'for src/crypto only'),
    ('src/api/a.c', '#include <microhttpd.h>\n', 1, 'for src/http only'),
    ('src/store/a.c', '#include <sqlite3.h>\n', 1, 'for src/db only'),
    ('src/store/a.c', '#include <libpq-fe.h>\n', 1, 'for src/db only'),
    ('src/http/a.c', '#include <jansson.h>\n', 1, 'not for src/http'),
    ('src/decision/a.c', '#include <ngx_core.h>\n', 1, 'not for src/decision'),
    ('src/base/a.c', '\n' * 501, 501, '501 lines'),
])
def test_what_is_not_allowed_is_named_with_its_line(tmp_path, name, text, line, said):
    write(tmp_path, name, text)
    out = check(tmp_path)
    assert out.startswith('%s:%d: ' % (name, line)) and said in out, out


def test_a_source_file_includes_its_own_header_first(tmp_path):
    write(tmp_path, 'src/base/a.h', '')
    write(tmp_path, 'src/base/a.c', '#include <stdio.h>\n#include "base/a.h"\n')
    assert 'src/base/a.c:1: its own header comes first' in check(tmp_path)


def test_the_page_and_the_tool_have_one_table(tmp_path):
    printed = subprocess.run([str(TOOL), '--table'], text=True, capture_output=True, check=True).stdout
    rows = [line.replace(' | ', ' | holds this and that | ', 1) for line in printed.splitlines()]
    page = '# Layers\n\n| folder | holds | may include |\n|---|---|---|\n'
    write(tmp_path, 'ARCHITECTURE.md', page + '\n'.join(rows) + '\n')
    assert check(tmp_path) == ''

    write(tmp_path, 'ARCHITECTURE.md', page + '\n'.join(rows[:-1]) + '\n')
    assert 'no row for `nginx`' in check(tmp_path)
    wider = [row[:-1] + ', store |' if row.startswith('| `src/api/`') else row for row in rows]
    write(tmp_path, 'ARCHITECTURE.md', page + '\n'.join(wider) + '\n')
    assert check(tmp_path).startswith('ARCHITECTURE.md:7: `src/api` may include')


def test_this_tree_keeps_its_layers():
    assert check(TOOL.parent.parent) == ''

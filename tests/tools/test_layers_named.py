"""The layers that tools/test has are those that Makefile and CONTRIBUTING.md name, in its order."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def layers():
    return re.findall(r"^    Layer\('(\w+)'", (ROOT / 'tools' / 'test').read_text(), re.M)


def test_the_makefile_names_each_layer():
    comment = (ROOT / 'Makefile').read_text().split('BUILD =')[0]
    assert sorted(re.findall(r'test-(\w+)', comment)) == sorted(layers())


def test_contributing_names_each_layer():
    [listed] = re.findall(r'make test-unit  # one layer: (.*)', (ROOT / 'CONTRIBUTING.md').read_text())
    assert sorted(listed.split(', ')) == sorted(layers())

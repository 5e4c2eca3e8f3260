"""Python environments below build/ that tests make once, whichever process needs one first."""
import fcntl
import pathlib
import subprocess
import sys

BUILD = pathlib.Path(__file__).resolve().parent.parent.parent / 'build'


def environment(name, requirements):
    """The folder of build/NAME with what the file of requirements lists."""
    folder = BUILD / name
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / (name + '.lock'), 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / 'ready').exists():
            subprocess.run([sys.executable, '-m', 'venv', '--clear', str(folder)], check=True)
            subprocess.run([str(folder / 'bin' / 'python'), '-m', 'pip', 'install', '-q',
                            '--disable-pip-version-check', '-r', str(requirements)], check=True)
            (folder / 'ready').touch()
    return folder

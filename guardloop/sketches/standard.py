"""Which modules of the standard library a program can count on, whatever it runs on."""

from __future__ import annotations

import sys

_OF_ONE_SYSTEM = {
    "_posixshmem", "_posixsubprocess", "fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty",
    "_msi", "_overlapped", "_winapi", "msvcrt", "nt", "winreg", "winsound",
    "_scproxy",
}  # fmt: skip
_OPTIONAL = {
    "_curses", "_curses_panel", "_sqlite3", "_tkinter", "curses", "dbm", "ensurepip", "idlelib", "readline", "sqlite3",
    "tkinter", "turtle", "turtledemo", "venv",
}  # fmt: skip
"""Left out where Python was built without the library behind them; some systems package them apart."""
_REMOVED = {
    "aifc", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk", "crypt", "distutils", "imghdr", "imp",
    "lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes", "smtpd", "sndhdr", "spwd", "sunau",
    "telnetlib", "uu", "xdrlib",
}  # fmt: skip
"""Gone since Python 3.12 or 3.13."""
EVERYWHERE = sys.stdlib_module_names - _OF_ONE_SYSTEM - _OPTIONAL - _REMOVED

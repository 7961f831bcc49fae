"""A program of its own that runs one untrusted command confined; it needs nothing but the standard library.

    guardloop ──Popen──► outer ──unshare, fork──► init (pid 1 of its own namespace) ──fork──► the command
                           ▲                        │ watches time, processes and memory; ends all that is left
                           └──────── exit ◄─────────┘ report, as JSON, through a pipe that the command cannot reach

It is a process of its own, without `site`, so that it starts in a blink and the command inherits none of guardloop's
memory. A layer that was asked for and cannot be had is an error: the command is then not started.
"""
